import type { IncomingMessage } from 'node:http'
import { announcedBytes, bodyChunks, inTime } from '#platform/http/body-chunks.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { UploadAccount } from './upload-budget.ts'

export interface BodyLimits {
  readonly maxBytes: number
  readonly account: UploadAccount
  /** How long it may take to arrive, however it comes; unset: as long as something comes. */
  readonly maxMs?: number
}

/**
 * The whole body of a request. Throws `too_large`, `request_timeout`, or `bad_request` when the client broke off.
 */
export async function readBody(
  request: IncomingMessage,
  { maxBytes, account, maxMs }: BodyLimits,
): Promise<Buffer> {
  if (announcedBytes(request) > maxBytes) throw tooLarge(maxBytes)
  const body = bodyChunks(request)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of maxMs === undefined ? body : inTime(body, maxMs)) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    account.take(chunk.length)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError('too_large', { detail: `At most ${maxBytes} bytes are accepted here` })
}
