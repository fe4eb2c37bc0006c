import type { BlobBody } from './blob-store.ts'
import { BlobSizeMismatchError } from './blob-store-errors.ts'

export function bodySizeBytes(body: BlobBody): number {
  return body instanceof Uint8Array ? body.byteLength : body.sizeBytes
}

/**
 * The chunks of a body, never more than it announced. Throws `BlobSizeMismatchError` (`key` is only
 * for its message), the signal's reason, and whatever the body throws.
 */
export async function* bodyChunks(
  key: string,
  body: BlobBody,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted()
  if (body instanceof Uint8Array) {
    yield body
    return
  }
  if (!Number.isSafeInteger(body.sizeBytes) || body.sizeBytes < 0)
    throw new RangeError(`A body's size must be a whole number of bytes, not ${body.sizeBytes}`)
  let seenBytes = 0
  for await (const chunk of body.open()) {
    signal?.throwIfAborted()
    seenBytes += chunk.byteLength
    if (seenBytes > body.sizeBytes) throw new BlobSizeMismatchError(key, body.sizeBytes, 'more')
    yield chunk
  }
  signal?.throwIfAborted()
  if (seenBytes < body.sizeBytes) throw new BlobSizeMismatchError(key, body.sizeBytes, 'fewer')
}
