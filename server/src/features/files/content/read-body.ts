import type { IncomingMessage } from 'node:http'
import { announcedBytes, bodyChunks } from '#platform/http/body-chunks.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { UploadAccount } from './upload-budget.ts'

export interface BodyLimits {
  readonly maxBytes: number
  readonly account: UploadAccount
}

/** The whole body of a request. Throws `too_large`, or `bad_request` when the client broke off. */
export async function readBody(
  request: IncomingMessage,
  { maxBytes, account }: BodyLimits,
): Promise<Buffer> {
  if (announcedBytes(request) > maxBytes) throw tooLarge(maxBytes)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of bodyChunks(request)) {
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
