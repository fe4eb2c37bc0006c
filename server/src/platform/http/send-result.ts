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
  // What is short goes out in one piece with its headers; what is long is not read twice, to measure and to send it.
  const body = text.length < longBodyLength ? text : Buffer.from(text)
  response.setHeader('content-length', Buffer.byteLength(body))
  response.end(body)
}

const longBodyLength = 16_384

export function setHeaders(response: Response, headers: HeaderMap | undefined): void {
  for (const name in headers) response.setHeader(name, headers[name] ?? '')
}
