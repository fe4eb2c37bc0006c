import type { Response } from 'express'
import { hasArrived } from './body-chunks.ts'
import type { EndpointResult, HeaderMap } from './endpoint.ts'

/**
 * Sends what an endpoint gives. By Node's own means: those of Express look at each header and body anew for
 * what they might be, which takes as long as all the rest.
 */
export function sendResult(
  result: Exclude<EndpointResult, { kind: 'stream' }>,
  response: Response,
): void {
  // What is left of a body that nobody reads is not waited for.
  if (!hasArrived(response.req)) response.setHeader('connection', 'close')
  response.setHeader('cache-control', 'no-store')
  setHeaders(response, result.headers)
  if (result.kind === 'empty') {
    response.statusCode = result.status ?? 204
    response.end()
    return
  }
  const text = JSON.stringify(result.body)
  response.statusCode = result.status
  response.setHeader('content-type', 'application/json; charset=utf-8')
  response.setHeader('content-length', Buffer.byteLength(text))
  response.end(text)
}

export function setHeaders(response: Response, headers: HeaderMap | undefined): void {
  for (const name in headers) response.setHeader(name, headers[name] ?? '')
}
