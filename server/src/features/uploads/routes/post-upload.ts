import type { IncomingMessage } from 'node:http'
import { endpoint } from '#platform/http/endpoint.ts'
import type { Caller } from '#platform/http/caller.ts'
import {
  hasBody,
  parseChecksum,
  parseConcat,
  parseNewLength,
  requireUploadType,
  requireVersion,
  single,
  tusHeaders,
  uploadMediaType,
} from '../tus-headers.ts'
import type { Uploads, UploadStatus } from '../uploads.ts'
import { progressHeaders } from './present-upload.ts'
import { addedBytes, uploadProblems } from './upload-facts.ts'

/**
 * Begins an upload, if need be with its first bytes (`creation-with-upload`), or puts partial ones together.
 * One that is whole by then is in its file when the answer comes.
 */
export function postUpload(uploads: Uploads) {
  return endpoint({
    summary: 'Begin an upload by tus 1.0',
    answers: { 201: 'empty' },
    problems: [...uploadProblems, 'too_many_uploads'],
    heeds: [
      ...addedBytes,
      'upload-metadata',
      'upload-length',
      'upload-defer-length',
      'upload-concat',
    ],
    takes: { [uploadMediaType]: 'bytes' },
    method: 'post',
    path: '/uploads',
    access: 'user',
    needs: { node: 'node.create', of: 'handler' },
    headers: tusHeaders,
    limit: 'transfer',
    async handle({ caller, raw }) {
      requireVersion(raw)
      const status = await create(uploads, caller, raw)
      const location = `/api/v1/uploads/${status.session.id}`
      return { kind: 'empty', status: 201, headers: { location, ...progressHeaders(status) } }
    },
  })
}

function create(uploads: Uploads, caller: Caller, request: IncomingMessage): Promise<UploadStatus> {
  const metadata = single(request, 'upload-metadata') ?? ''
  const concat = parseConcat(single(request, 'upload-concat'))
  if (concat.kind === 'final') return uploads.concatenate(caller, { ...concat, metadata })
  const length = parseNewLength(request)
  return uploads.create(caller, { ...concat, length, metadata, body: readBody(request) })
}

function readBody(request: IncomingMessage) {
  if (!hasBody(request)) return undefined
  requireUploadType(request)
  return { request, checksum: parseChecksum(request) }
}
