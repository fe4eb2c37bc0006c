import type { ErrorCode } from '@cloudsync/protocol'
import type { HeededHeader } from '#platform/http/openapi/heeded-headers.ts'

/** What an upload may come to, whose last byte makes a file. */
export const uploadProblems = [
  'bad_request',
  'not_found',
  'forbidden',
  'trashed',
  'invalid_name',
  'invalid_link',
  'name_taken',
  'id_taken',
  'too_deep',
  'content_conflict',
  'merge_conflict',
  'precondition_failed',
  'hash_mismatch',
  'checksum_mismatch',
  'upload_conflict',
  'upload_expired',
  'upload_locked',
  'unsupported_version',
  'unsupported_media_type',
  'too_large',
  'quota_exceeded',
  'storage_full',
] as const satisfies readonly ErrorCode[]

/** Of a request that brings bytes. */
export const addedBytes = [
  'tus-resumable',
  'upload-checksum',
] as const satisfies readonly HeededHeader[]
