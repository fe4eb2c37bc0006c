import type { Node } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { createUuid } from '../api/create-uuid.ts'
import { getNode } from '../api/endpoints.ts'
import { sendByXhr } from './send-by-xhr.ts'
import type { SendUpload, Upload } from './upload-queue.ts'

/** Sends one file in one request. */
export function createSendUpload(api: ApiClient): SendUpload {
  return async (upload, report, signal) => {
    const answer = await sendByXhr(
      api,
      {
        ...describeRequest(upload),
        idempotencyKey: createUuid(Date.now()),
        onProgress: (sentBytes) => report(Math.min(sentBytes, upload.file.size)),
      },
      signal,
    )
    return upload.target.kind === 'create'
      ? (JSON.parse(answer) as Node)
      : getNode(api, upload.target.id, signal)
  }
}

function describeRequest({ target, parentId, name, file }: Upload) {
  if (target.kind === 'replace') {
    return { method: 'PUT', path: `/nodes/${target.id}/content`, body: file } as const
  }
  const form = new FormData()
  // The server reads the fields before the file, and needs them there.
  form.set('parentId', parentId)
  form.set('name', name)
  form.set('id', target.id)
  if (target.ifTaken !== undefined) form.set('ifTaken', target.ifTaken)
  form.set('file', file, name)
  return { method: 'POST', path: '/nodes', body: form } as const
}
