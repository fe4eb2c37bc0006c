import {
  BlobNotFoundError,
  BlobRangeError,
  BlobStoreUnavailableError,
  releaseBytes,
  type BlobReader,
  type BlobStore,
} from '@cloudsync/storage'
import type { ChunkPlace } from './chunk-index.ts'
import { packKey } from './packer.ts'

/** A pack is not there, or ends before what should lie in it. */
export class PackBrokenError extends Error {
  override readonly name = 'PackBrokenError'
  readonly packId: string
  readonly isGone: boolean

  constructor(packId: string, cause: BlobNotFoundError | BlobRangeError) {
    const isGone = cause instanceof BlobNotFoundError
    super(`Pack ${packId} is ${isGone ? 'not there' : 'cut off'}`, { cause })
    this.packId = packId
    this.isGone = isGone
  }
}

/** The sealed bytes of chunks that lie one behind the other in a pack. Throws `PackBrokenError`. */
export async function readSealed(
  store: BlobStore,
  run: readonly [ChunkPlace, ...ChunkPlace[]],
): Promise<Uint8Array<ArrayBuffer>> {
  const [first] = run
  const last = run.at(-1) ?? first
  const range = { start: first.start, end: last.start + last.sealedBytes }
  const key = packKey(first.packId)
  return readPack(first.packId, () => store.range(key, range))
}

/** All of a pack. Throws `PackBrokenError`. */
export function readWholePack(store: BlobStore, packId: string): Promise<Uint8Array<ArrayBuffer>> {
  return readPack(packId, () => store.get(packKey(packId)))
}

async function readPack(
  packId: string,
  open: () => Promise<BlobReader>,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await inAttempts(async () => collect(await open()))
  } catch (error) {
    if (!(error instanceof BlobNotFoundError || error instanceof BlobRangeError)) throw error
    throw new PackBrokenError(packId, error)
  }
}

const maxAttempts = 3

/** A store's own attempts end when a body is open; who reads it to its end may begin again. */
export async function inAttempts<T>(
  read: () => Promise<T>,
  helps: (error: unknown) => boolean = isPassing,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read()
    } catch (error) {
      if (attempt === maxAttempts || !helps(error)) throw error
    }
  }
}

export function isPassing(error: unknown): boolean {
  return error instanceof BlobStoreUnavailableError && error.retryable
}

/** A body that is shorter than it was called is filled with zeros, and a longer one cut: no chunk is whole then. */
async function collect({ body, sizeBytes }: BlobReader): Promise<Uint8Array<ArrayBuffer>> {
  let bytes: Uint8Array<ArrayBuffer> | undefined
  let at = 0
  for await (const chunk of body as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    if (!bytes && isAlone(chunk) && chunk.byteLength === sizeBytes) {
      bytes = chunk
      at = sizeBytes
      continue
    }
    bytes ??= new Uint8Array(sizeBytes)
    bytes.set(chunk.subarray(0, sizeBytes - at), at)
    at = Math.min(sizeBytes, at + chunk.byteLength)
    releaseBytes(chunk)
  }
  return bytes ?? new Uint8Array(sizeBytes)
}

/** Whether nothing else lies in its buffer. */
function isAlone({ buffer, byteLength }: Uint8Array<ArrayBuffer>): boolean {
  return buffer.byteLength === byteLength
}
