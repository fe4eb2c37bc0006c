import type { Node } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { ApiError, readProblem } from '../api/api-error.ts'
import { createUuid } from '../api/create-uuid.ts'
import { getNode } from '../api/endpoints.ts'
import { apiRoot } from '../api/send-request.ts'
import type { SendUpload, Upload } from './upload-queue.ts'

/** Sends by XMLHttpRequest: `fetch` tells nothing of how far an upload has come. */
export function createSendUpload(api: ApiClient): SendUpload {
  return async (upload, onProgress, signal) => {
    const idempotencyKey = createUuid(Date.now())
    const accessToken = await api.tokens.getAccessToken()
    const attempt = (token: string) =>
      sendOnce(upload, { accessToken: token, idempotencyKey }, onProgress, signal)
    const answer = await attempt(accessToken).catch(async (error: unknown) => {
      if (!(error instanceof ApiError && error.status === 401)) throw error
      return attempt(await api.tokens.renewAccessToken(accessToken))
    })
    return upload.target.kind === 'create'
      ? (JSON.parse(answer) as Node)
      : getNode(api, upload.target.id, signal)
  }
}

function sendOnce(
  upload: Upload,
  headers: { readonly accessToken: string; readonly idempotencyKey: string },
  onProgress: (sentBytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const { method, path, body } = describeRequest(upload)
    request.open(method, apiRoot + path)
    request.setRequestHeader('authorization', `Bearer ${headers.accessToken}`)
    request.setRequestHeader('idempotency-key', headers.idempotencyKey)
    request.upload.addEventListener('progress', ({ loaded }) =>
      onProgress(Math.min(loaded, upload.file.size)),
    )
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve(request.responseText)
      else reject(readFailedAnswer(request))
    })
    request.addEventListener('error', () => reject(new ApiError('unreachable')))
    request.addEventListener('abort', () => reject(signal.reason as Error))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(body)
  })
}

function describeRequest({ target, parentId, name, file }: Upload) {
  if (target.kind === 'replace') {
    return { method: 'PUT', path: `/nodes/${target.id}/content`, body: file }
  }
  const form = new FormData()
  // The server reads the fields before the file, and needs them there.
  form.set('parentId', parentId)
  form.set('name', name)
  form.set('id', target.id)
  if (target.ifTaken !== undefined) form.set('ifTaken', target.ifTaken)
  form.set('file', file, name)
  return { method: 'POST', path: '/nodes', body: form }
}

function readFailedAnswer(request: XMLHttpRequest): ApiError {
  let body: unknown
  try {
    body = JSON.parse(request.responseText)
  } catch {
    // Not ours; the status has to do.
  }
  return readProblem(request.status, body, request.getResponseHeader('retry-after'))
}
