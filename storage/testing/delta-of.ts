import { Chunker, hashChunk, makeDelta, sha256Of, type ChunkedContent } from '../src/index.ts'

export const deltaMediaType = 'application/vnd.cloudsync.delta'

/** The delta that makes `target` from `base`, as a client would send it. */
export async function deltaOf(base: Uint8Array, target: Uint8Array): Promise<Buffer<ArrayBuffer>> {
  return Buffer.concat(await Array.fromAsync(makeDelta(await chunked(base), await chunked(target))))
}

async function chunked(bytes: Uint8Array): Promise<ChunkedContent> {
  const chunker = new Chunker()
  const pieces = [...chunker.push(bytes), chunker.finish()].filter((piece) => piece !== undefined)
  return {
    sha256: await sha256Of(bytes),
    sizeBytes: bytes.byteLength,
    chunks: pieces.map((piece) => ({ hash: hashChunk(piece), plainBytes: piece.byteLength })),
    read: async (start, end) => bytes.subarray(start, end),
  }
}
