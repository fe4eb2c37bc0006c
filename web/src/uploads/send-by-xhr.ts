import { keptAsCookie, sessionHeader } from '@cloudsync/protocol'
import type { ApiClient } from '../api/api-client.ts'
import { ApiError, readProblem } from '../api/api-error.ts'
import { apiRoot } from '../api/send-request.ts'

export interface XhrRequest {
  readonly method: 'POST' | 'PUT'
  readonly path: string
  readonly body: FormData | Blob
  readonly idempotencyKey?: string
  readonly onProgress?: (sentBytes: number) => void
}

/**
 * Sends bytes by XMLHttpRequest, since `fetch` tells nothing of how far they have come; once more
 * as `ApiClient.send` does. Gives the body of the answer. Throws as `ApiClient.send`.
 */
export async function sendByXhr(
  api: ApiClient,
  request: XhrRequest,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await sendOnce(request, signal)
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 401)) throw error
    await api.session.check()
    return sendOnce(request, signal)
  }
}

function sendOnce(
  { method, path, body, idempotencyKey, onProgress }: XhrRequest,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const request = new XMLHttpRequest()
    request.open(method, apiRoot + path)
    request.setRequestHeader(sessionHeader, keptAsCookie)
    if (idempotencyKey !== undefined) request.setRequestHeader('idempotency-key', idempotencyKey)
    if (onProgress) request.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded))
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) resolve(request.responseText)
      else
        reject(
          readAnswer(
            request.status,
            request.responseText,
            request.getResponseHeader('retry-after'),
          ),
        )
    })
    request.addEventListener('error', () => reject(new ApiError('unreachable')))
    request.addEventListener('abort', () => reject(signal.reason as Error))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(body)
  })
}

/** What a failed answer says, whoever gave it. */
export function readAnswer(status: number, text: string, retryAfter: string | null): ApiError {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // Not ours; the status has to do.
  }
  return readProblem(status, body, retryAfter)
}
