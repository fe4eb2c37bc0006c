import type { IncomingMessage } from 'node:http'
import type { Caller } from '#platform/http/caller.ts'
import { empty, endpoint, type EndpointResult } from '#platform/http/endpoint.ts'
import {
  parseChecksum,
  parseLength,
  parseOffset,
  requireUploadType,
  requireVersion,
  tusHeaders,
  uploadMediaType,
} from '../tus-headers.ts'
import type { Uploads } from '../uploads.ts'
import { progressHeaders } from './present-upload.ts'
import { uploadParams } from './upload-params.ts'
import { addedBytes, uploadProblems } from './upload-facts.ts'

/** Adds bytes to an upload; when its last byte has come, it is in its file, which the answer names. */
export function patchUpload(uploads: Uploads) {
  return endpoint({
    summary: 'Add bytes to an upload',
    answers: { 204: 'empty' },
    problems: uploadProblems,
    heeds: [...addedBytes, 'upload-offset', 'upload-length'],
    takes: { [uploadMediaType]: 'bytes' },
    method: 'patch',
    path: '/uploads/:id',
    access: 'user',
    needs: 'own',
    params: uploadParams,
    headers: tusHeaders,
    limit: 'transfer',
    isNeverShed: true,
    async handle({ caller, params, raw }) {
      requireVersion(raw)
      return addToUpload(uploads, caller, params.id, raw)
    },
  })
}

export async function addToUpload(
  uploads: Uploads,
  caller: Caller,
  id: string,
  request: IncomingMessage,
): Promise<EndpointResult> {
  requireUploadType(request)
  const status = await uploads.add(caller, id, {
    request,
    offset: parseOffset(request),
    length: parseLength(request),
    checksum: parseChecksum(request),
  })
  return empty(progressHeaders(status))
}
