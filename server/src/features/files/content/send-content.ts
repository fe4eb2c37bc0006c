import { finished } from 'node:stream/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProblemError } from '#platform/problem-error.ts'
import { parseByteRange } from './byte-range.ts'
import { attachment } from './content-disposition.ts'
import { matchesWeakly, parseEntityTags } from './http-preconditions.ts'

export interface Content {
  readonly bytes: Uint8Array
  /** Without quotes; a strong tag. */
  readonly etag: string
  readonly name: string
  readonly mediaType: string
}

/** What went out: the whole, nothing because the client has it, or not the whole. */
export type Sent = 'whole' | 'not_modified' | 'part'

/**
 * Answers a GET or HEAD of a content that people made: conditional (RFC 9110 §13), by range (§14), and
 * so that no browser runs or renders it, whatever is in it.
 */
export async function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  content: Content,
): Promise<Sent> {
  const { bytes, etag } = content
  setContentHeaders(response, content)
  const known = parseEntityTags(request.headers['if-none-match'])
  if (known && matchesWeakly(known, etag)) {
    await end(response, 304)
    return 'not_modified'
  }
  const range = rangeOf(request, content)
  if (range === 'unsatisfiable')
    throw new ProblemError('range_not_satisfiable', {
      headers: { 'content-range': `bytes */${bytes.length}` },
    })
  const part = range === 'whole' ? bytes : bytes.subarray(range.first, range.last + 1)
  if (range !== 'whole')
    response.setHeader('content-range', `bytes ${range.first}-${range.last}/${bytes.length}`)
  setEntityHeaders(response, content, part.length)
  const isWhole = await end(
    response,
    range === 'whole' ? 200 : 206,
    request.method === 'HEAD' ? undefined : part,
  )
  return isWhole && range === 'whole' && request.method !== 'HEAD' ? 'whole' : 'part'
}

function setContentHeaders(response: ServerResponse, { etag }: Content): void {
  response.setHeader('etag', `"${etag}"`)
  // It may be kept by the client alone, and is asked for anew each time.
  response.setHeader('cache-control', 'private, no-cache')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('content-security-policy', "sandbox; default-src 'none'")
  response.setHeader('cross-origin-resource-policy', 'same-origin')
}

function setEntityHeaders(response: ServerResponse, content: Content, length: number): void {
  response.setHeader('accept-ranges', 'bytes')
  response.setHeader('content-type', `${content.mediaType}; charset=utf-8`)
  response.setHeader('content-disposition', attachment(content.name))
  response.setHeader('content-length', length)
}

/** `Range` means something on GET only (§14.2), and with `If-Range` only while the content is the same. */
function rangeOf(request: IncomingMessage, { bytes, etag }: Content) {
  const condition = request.headers['if-range']
  const applies = request.method === 'GET' && (condition === undefined || condition === `"${etag}"`)
  return applies ? parseByteRange(request.headers.range, bytes.length) : 'whole'
}

/** Says whether all of it was handed over before the client went. */
async function end(response: ServerResponse, status: number, body?: Uint8Array): Promise<boolean> {
  response.statusCode = status
  response.end(body)
  try {
    await finished(response)
    return true
  } catch {
    return false
  }
}
