import { createSecretKey, hash } from 'node:crypto'
import {
  deriveSealKey,
  SealBrokenError,
  sealInto,
  sealOverheadBytes,
  unseal,
  type SealKey,
} from '../encryption/seal.ts'
import { releaseBytes } from '../release-bytes.ts'
import { compress, decompress, isZstdDataError } from '../zstd.ts'

/**
 * The stored form of a chunk: its bytes, as they are or as one zstd frame (RFC 8878), sealed under a key
 * of the chunk's own. It does not depend on where it lies, so that a pack is rewritten by copying.
 */
export const chunkCodecs = { raw: 0, zstd: 1 } as const
export type ChunkCodec = (typeof chunkCodecs)[keyof typeof chunkCodecs]

/** What must be known of a stored chunk to read it. */
export interface ChunkForm {
  /** SHA-256 of the plain bytes, 32 bytes. */
  readonly hash: Uint8Array
  readonly plainBytes: number
  readonly codec: ChunkCodec
}

export interface SealedChunk extends ChunkForm {
  readonly sealed: Uint8Array
}

/** The stored bytes are not the chunk: the medium or someone changed them. */
export class ChunkDamagedError extends Error {
  override readonly name = 'ChunkDamagedError'
  readonly hash: Uint8Array

  constructor(chunkHash: Uint8Array, options?: ErrorOptions) {
    super(
      `The stored bytes of chunk ${Buffer.from(chunkHash).toString('hex')} are damaged`,
      options,
    )
    this.hash = chunkHash
  }
}

export function hashChunk(plain: Uint8Array): Uint8Array {
  return hash('sha256', plain, 'buffer')
}

/** What the stored form of so many plain bytes has at most. */
export function maxSealedBytes(plainBytes: number): number {
  return plainBytes + sealOverheadBytes
}

/** Compresses where that pays, and seals. Takes the processor for about 1 ms for each 256 KiB. */
export function sealChunk(plain: Uint8Array, chunkHash: Uint8Array, dataKey: SealKey): SealedChunk {
  return sealChunkInto(plain, chunkHash, dataKey, (sizeBytes) => Buffer.allocUnsafe(sizeBytes))
}

/** As `sealChunk`, into room that `take` gives for exactly so many bytes. */
export function sealChunkInto(
  plain: Uint8Array,
  chunkHash: Uint8Array,
  dataKey: SealKey,
  take: (sizeBytes: number) => Uint8Array,
): SealedChunk {
  const compressed = compress(plain)
  const codec = compressed ? chunkCodecs.zstd : chunkCodecs.raw
  const form = { hash: chunkHash, plainBytes: plain.byteLength, codec }
  const payload = compressed ?? plain
  const sealed = take(payload.byteLength + sealOverheadBytes)
  sealInto(sealed, keyOf(chunkHash, dataKey), payload, contextOf(form))
  if (compressed) releaseBytes(compressed)
  return { ...form, sealed }
}

/** The plain bytes, checked. Throws `ChunkDamagedError`; a wrong data key looks the same. */
export function unsealChunk(sealed: Uint8Array, form: ChunkForm, dataKey: SealKey): Uint8Array {
  try {
    const payload = unseal(keyOf(form.hash, dataKey), sealed, contextOf(form))
    if (form.codec === chunkCodecs.raw) return checked(payload, form)
    const plain = decompress(payload, form.plainBytes)
    releaseBytes(payload)
    return checked(plain, form)
  } catch (error) {
    if (!(error instanceof SealBrokenError) && !isZstdDataError(error)) throw error
    throw new ChunkDamagedError(form.hash, { cause: error })
  }
}

function checked(plain: Uint8Array, { hash: chunkHash, plainBytes }: ChunkForm): Uint8Array {
  if (plain.byteLength === plainBytes) return plain
  throw new ChunkDamagedError(chunkHash)
}

/** As an object at once: what Node does with bytes each time takes twice as long as it takes to seal a small file. */
function keyOf(chunkHash: Uint8Array, dataKey: SealKey): SealKey {
  const hex = Buffer.from(chunkHash).toString('hex')
  return createSecretKey(deriveSealKey(dataKey, `chunk:${hex}`))
}

/** Codec and size, which lie beside the sealed bytes, cannot be changed either. */
function contextOf({ codec, plainBytes }: ChunkForm): Uint8Array {
  const context = Buffer.alloc(5)
  context[0] = codec
  context.writeUInt32BE(plainBytes, 1)
  return context
}
