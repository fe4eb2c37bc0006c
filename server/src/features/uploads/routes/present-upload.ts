import type { HeaderMap } from '#platform/http/endpoint.ts'
import { nodeIdHeader } from '../tus-headers.ts'
import type { UploadStatus } from '../uploads.ts'

/** What every answer tells of an upload. */
export function progressHeaders({ session, offset }: UploadStatus): HeaderMap {
  return {
    'upload-offset': String(offset),
    'upload-expires': session.expiresAt.toUTCString(),
    ...(session.nodeId === undefined ? {} : { [nodeIdHeader]: session.nodeId }),
  }
}

/** What it was made with. */
export function sessionHeaders({ session }: UploadStatus): HeaderMap {
  const { length, metadata, kind, concat = kind } = session
  return {
    ...(length === undefined
      ? { 'upload-defer-length': '1' }
      : { 'upload-length': String(length) }),
    ...(metadata === '' ? {} : { 'upload-metadata': metadata }),
    ...(kind === 'whole' ? {} : { 'upload-concat': concat }),
  }
}
