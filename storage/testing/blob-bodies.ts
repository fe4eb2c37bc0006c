import type { BlobKey } from '../src/blob-key.ts'
import type { BlobReader, BlobSource, BlobStore } from '../src/blob-store.ts'

export async function allBytes(reader: Pick<BlobReader, 'body'>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(reader.body as AsyncIterable<Uint8Array>))
}

export async function bytesOf(store: BlobStore, key: BlobKey): Promise<Buffer> {
  return allBytes(await store.get(key))
}

export function sourceOf(chunks: readonly Uint8Array[], repeatable = true): BlobSource {
  return {
    sizeBytes: chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0),
    repeatable,
    async *open() {
      yield* chunks
    },
  }
}
