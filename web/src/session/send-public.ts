import { sendRequest, type RequestOptions } from '../api/send-request.ts'

/** A request of somebody who need not be signed in. Throws an `ApiError`. */
export function sendPublic(path: string, options: RequestOptions = {}): Promise<Response> {
  return sendRequest((url, init) => fetch(url, init), path, options)
}

export function postPublic(path: string, body: unknown): Promise<Response> {
  return sendPublic(path, { method: 'POST', body })
}
