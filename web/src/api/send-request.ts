import { keptAsCookie, sessionHeader } from '@cloudsync/protocol'
import { ApiError, readProblem } from './api-error.ts'

export const apiRoot = '/api/v1'

export interface RequestOptions {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Sent as JSON. */
  readonly body?: unknown
  /** Names a change, so that the server does it once however often it is asked. */
  readonly idempotencyKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/**
 * Sends one request below `/api/v1`. Throws an `ApiError` for every answer that is no success and
 * when there is none; an abort throws what the signal carries.
 */
export async function sendRequest(
  send: Fetch,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const headers = new Headers(options.headers)
  headers.set(sessionHeader, keptAsCookie)
  if (options.idempotencyKey !== undefined) headers.set('idempotency-key', options.idempotencyKey)
  if (options.body !== undefined) headers.set('content-type', 'application/json')
  let response: Response
  try {
    response = await send(apiRoot + path, {
      method: options.method ?? 'GET',
      headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: options.signal ?? null,
    })
  } catch (cause) {
    if (options.signal?.aborted) throw cause
    throw new ApiError('unreachable', { title: 'Could not reach the server', cause })
  }
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => undefined)
  throw readProblem(response.status, body, response.headers.get('retry-after'))
}
