import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { ProblemError } from '#platform/problem-error.ts'
import { parseByteRange, type ByteRange } from './byte-range.ts'
import { attachment } from './content-disposition.ts'
import { matchesWeakly, parseEntityTags } from './http-preconditions.ts'
import { contentTypeOf } from './media-type.ts'
import { ReaderGoneError, releasingTo } from './releasing-response.ts'

export interface Content {
  readonly sizeBytes: number
  /** Without quotes; a strong tag. */
  readonly etag: string
  readonly name: string
  readonly mediaType: string
  /** The bytes, or those of a range. Called at most once. What a stream gives is released. */
  open(range: ByteRange | 'whole'): Promise<Uint8Array | Readable>
}

/** What went out: the whole, nothing because the client has it, or not the whole. */
export type Sent = 'whole' | 'not_modified' | 'part'

/** A reader that takes nothing for so long has gone. */
const maxSilenceMs = 120_000

/**
 * Answers a GET or HEAD of a content that people made: conditional (RFC 9110 §13), by range (§14), and
 * so that no browser runs or renders it, whatever is in it.
 */
export async function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  content: Content,
): Promise<Sent> {
  const { sizeBytes, etag } = content
  setContentHeaders(response, content)
  const known = parseEntityTags(request.headers['if-none-match'])
  if (known && matchesWeakly(known, etag)) {
    response.statusCode = 304
    await end(response, undefined)
    return 'not_modified'
  }
  const range = rangeOf(request, content)
  if (range === 'unsatisfiable')
    throw new ProblemError('range_not_satisfiable', {
      headers: { 'content-range': `bytes */${sizeBytes}` },
    })
  const body = request.method === 'HEAD' ? undefined : await begun(content.open(range))
  setEntityHeaders(response, content, range)
  response.statusCode = range === 'whole' ? 200 : 206
  const isWhole = await end(response, body)
  return isWhole && range === 'whole' && body !== undefined ? 'whole' : 'part'
}

function setContentHeaders(response: ServerResponse, { etag }: Content): void {
  response.setHeader('etag', `"${etag}"`)
  // It may be kept by the client alone, and is asked for anew each time.
  response.setHeader('cache-control', 'private, no-cache')
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('content-security-policy', "sandbox; default-src 'none'")
  response.setHeader('cross-origin-resource-policy', 'same-origin')
}

function setEntityHeaders(
  response: ServerResponse,
  { name, mediaType, sizeBytes }: Content,
  range: ByteRange | 'whole',
): void {
  response.setHeader('accept-ranges', 'bytes')
  response.setHeader('content-type', contentTypeOf(mediaType))
  response.setHeader('content-disposition', attachment(name))
  if (range === 'whole') {
    response.setHeader('content-length', sizeBytes)
    return
  }
  const { first, last } = range
  response.setHeader('content-range', `bytes ${first}-${last}/${sizeBytes}`)
  response.setHeader('content-length', last - first + 1)
}

/** `Range` means something on GET only (§14.2), and with `If-Range` only while the content is the same. */
function rangeOf(request: IncomingMessage, { sizeBytes, etag }: Content) {
  const condition = request.headers['if-range']
  const applies = request.method === 'GET' && (condition === undefined || condition === `"${etag}"`)
  return applies ? parseByteRange(request.headers.range, sizeBytes) : 'whole'
}

/** Fails where the first bytes do: as long as nothing has gone out, the client can be told why. */
async function begun(opening: Promise<Uint8Array | Readable>): Promise<Uint8Array | Readable> {
  const body = await opening
  if (body instanceof Uint8Array || body.readableLength > 0) return body
  await once(body, 'readable')
  return body
}

/**
 * Says whether all of it was handed over before the client went. Throws what the body fails with, when
 * the client has to be told by a broken connection.
 */
async function end(
  response: ServerResponse,
  body: Uint8Array | Readable | undefined,
): Promise<boolean> {
  response.setTimeout(maxSilenceMs, () => response.destroy())
  if (body === undefined || body instanceof Uint8Array) {
    response.end(body)
    return finished(response).then(
      () => true,
      () => false,
    )
  }
  try {
    await pipeline(body, releasingTo(response))
    return true
  } catch (error) {
    if (body.errored && !(body.errored instanceof ReaderGoneError)) throw error
    return false
  } finally {
    response.setTimeout(0)
  }
}
