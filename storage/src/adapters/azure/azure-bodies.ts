import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { BlobBody } from '../../blob-store.ts'
import type { RemoteCall } from '../remote/remote-call.ts'

/** A body as the SDK sends it. */
export function requestBody(
  call: RemoteCall,
  key: string,
  body: BlobBody,
  signal: AbortSignal | undefined,
): () => Readable {
  return () => {
    const stream = Readable.from(call.body(key, body, signal))
    // The SDK does not listen for it; the call ends by its own signal.
    return stream.on('error', () => undefined)
  }
}

/** Lets the service refuse bytes that were changed on the way, where they are known beforehand. */
export function contentMd5(body: BlobBody): { blobContentMD5?: Uint8Array } {
  if (!(body instanceof Uint8Array)) return {}
  return { blobContentMD5: createHash('md5').update(body).digest() }
}

/** Under Node the SDK's answers are streams of Node. */
export function readable(answer: {
  readonly readableStreamBody?: NodeJS.ReadableStream
}): Readable {
  if (!(answer.readableStreamBody instanceof Readable))
    throw new TypeError('The answer has no body')
  return answer.readableStreamBody
}
