import type { IncomingMessage } from 'node:http'
import { ProblemError } from '#platform/problem-error.ts'
import type { UploadAccount } from './upload-budget.ts'

export interface BodyLimits {
  readonly maxBytes: number
  readonly account: UploadAccount
}

/** The whole body of a request. Throws `too_large`, or `bad_request` when the client broke off. */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of bodyChunks(request, limits)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/**
 * The body of a request as it arrives, counted against the limits. The end is reached only when the
 * body is whole. The connection stays usable for the answer when the reader stops early.
 */
export async function* bodyChunks(
  request: IncomingMessage,
  { maxBytes, account }: BodyLimits,
): AsyncGenerator<Buffer, void> {
  refuseEncoded(request)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  let bytes = 0
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      account.take(chunk.length)
      yield chunk
    }
  } catch (error) {
    throw error instanceof ProblemError ? error : brokenOff(error)
  }
  if (!request.complete) throw brokenOff(undefined)
}

function refuseEncoded(request: IncomingMessage): void {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity')
    throw new ProblemError('unsupported_media_type', {
      detail: 'Send the content without encoding',
    })
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError('too_large', { detail: `At most ${maxBytes} bytes are accepted here` })
}

function brokenOff(cause: unknown): ProblemError {
  return new ProblemError('bad_request', { detail: 'The body was broken off', cause })
}
