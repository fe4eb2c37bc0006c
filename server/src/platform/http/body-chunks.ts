import type { IncomingMessage } from 'node:http'
import { releaseBytes } from '@cloudsync/storage'
import { ProblemError } from '../problem-error.ts'

/** A client that sends nothing for so long has gone. */
const maxSilenceMs = 120_000

/** What the client says that the body has; 0 when it does not say. */
export function announcedBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0)
}

/** Whether nothing of the request is still to come; one without a body ends before it is complete. */
export function hasArrived(request: IncomingMessage): boolean {
  return request.complete || request.readableEnded
}

/**
 * The body of a request as it arrives, of any size. The end is reached only when the body is whole. The
 * connection stays usable for the answer when the reader stops early.
 */
export async function* bodyChunks(request: IncomingMessage): AsyncGenerator<Buffer, void> {
  refuseEncoded(request)
  const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>
  request.setTimeout(maxSilenceMs, () => request.destroy())
  try {
    yield* whole(chunks)
  } finally {
    request.setTimeout(0)
  }
  if (!request.complete) throw brokenOff(undefined)
}

/**
 * Hands on what comes before `maxMs` are over, and throws `request_timeout` then: whoever sends a little now and then
 * is never silent for long.
 */
export async function* inTime(
  chunks: AsyncGenerator<Buffer, void>,
  maxMs: number,
): AsyncGenerator<Buffer, void> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new ProblemError('request_timeout')), maxMs)
  try {
    for (;;) {
      const next = await Promise.race([chunks.next(), late.promise])
      if (next.done === true) return
      yield next.value
    }
  } finally {
    clearTimeout(timer)
    // Not waited for: it ends when what is under way has come, or the connection has gone.
    void chunks.return()
  }
}

/** Frees each chunk when the next is asked for. They are the caller's own, as those of `bodyChunks` are. */
export async function* releasedBehind<Chunk extends Uint8Array>(
  chunks: AsyncIterable<Chunk>,
): AsyncGenerator<Chunk, void> {
  for await (const chunk of chunks) {
    yield chunk
    releaseBytes(chunk)
  }
}

/** Tells a failure of the body from one of its reader. */
async function* whole(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  try {
    yield* chunks
  } catch (error) {
    throw brokenOff(error)
  }
}

function refuseEncoded(request: IncomingMessage): void {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity')
    throw new ProblemError('unsupported_media_type', {
      detail: 'Send the content without encoding',
    })
}

function brokenOff(cause: unknown): ProblemError {
  return new ProblemError('bad_request', { detail: 'The body was broken off', cause })
}
