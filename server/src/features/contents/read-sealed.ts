import type { Readable } from 'node:stream'
import { BlobNotFoundError, BlobRangeError, type BlobStore } from '@cloudsync/storage'
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
  try {
    const { body, sizeBytes } = await store.range(packKey(first.packId), range)
    return await collect(body, sizeBytes)
  } catch (error) {
    if (!(error instanceof BlobNotFoundError || error instanceof BlobRangeError)) throw error
    throw new PackBrokenError(first.packId, error)
  }
}

async function collect(body: Readable, sizeBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(sizeBytes)
  let at = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
