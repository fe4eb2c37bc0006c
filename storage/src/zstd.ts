import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/** On the path of an upload; what is cold may be compressed better later. */
const ingestLevel = 1
/** Faster levels make deltas of real data half as long again. */
const baseLevel = 6
/** Larger tables take longer to clear than what they find is worth. */
const maxBaseTableLog = 21
/** zstd refuses smaller ones (`ZSTD_HASHLOG_MIN`). */
const minTableLog = 6
/** What compression must save for its price at every read. */
const worthwhileShare = 0.95
/** Below this a frame's own head eats what it saves. */
const minCompressibleBytes = 64
/** Up to this the whole is compressed and measured; above it a sample decides first. */
const sampledAboveBytes = 32 * 1024
const samplePieces = 4
const samplePieceBytes = 4 * 1024

/** No frame of ours needs more, and no forged one gets more: 8 MiB. */
const maxWindowLog = 23

/** One frame (RFC 8878), or `undefined` where that does not pay. */
export function compress(plain: Uint8Array, level = ingestLevel): Uint8Array | undefined {
  if (plain.byteLength < minCompressibleBytes || !seemsCompressible(plain)) return undefined
  const frame = zstdCompressSync(plain, {
    chunkSize: plain.byteLength,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  })
  return pays(frame, plain.byteLength) ? frame : undefined
}

/** One frame with some earlier form of the same bytes as a raw dictionary: what they share costs nothing. */
export function compressWithBase(plain: Uint8Array, base: Uint8Array): Uint8Array {
  // What is in no table is not found, and the level's own hold only part of a large dictionary.
  const tableLog = Math.min(
    maxBaseTableLog,
    Math.max(minTableLog, Math.ceil(Math.log2(base.byteLength + plain.byteLength))),
  )
  return zstdCompressSync(plain, {
    dictionary: base,
    chunkSize: plain.byteLength,
    params: {
      [constants.ZSTD_c_compressionLevel]: baseLevel,
      [constants.ZSTD_c_windowLog]: maxWindowLog,
      [constants.ZSTD_c_hashLog]: tableLog,
      [constants.ZSTD_c_chainLog]: tableLog,
    },
  })
}

/**
 * The plain bytes of a frame, at most `plainBytes`. Throws zlib's error when it is none, is cut off, or holds
 * more. With another dictionary than it was made with, the bytes are others.
 */
export function decompress(
  frame: Uint8Array,
  plainBytes: number,
  dictionary?: Uint8Array,
): Uint8Array {
  return zstdDecompressSync(frame, {
    ...(dictionary ? { dictionary } : {}),
    // zlib accepts no smaller output buffer.
    chunkSize: Math.max(plainBytes, minCompressibleBytes),
    maxOutputLength: Math.max(plainBytes, 1),
    params: { [constants.ZSTD_d_windowLogMax]: maxWindowLog },
  })
}

/** Whether an error says that the bytes are no frame, as opposed to a failure to get them. */
export function isZstdDataError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return false
  return /^(?:ZSTD_|Z_|ERR_BUFFER_TOO_LARGE$)/.test(error.code)
}

/** Whether pieces from all over the bytes compress. */
function seemsCompressible(plain: Uint8Array): boolean {
  if (plain.byteLength <= sampledAboveBytes) return true
  const stride = Math.floor((plain.byteLength - samplePieceBytes) / (samplePieces - 1))
  const pieces = Array.from({ length: samplePieces }, (_, index) =>
    plain.subarray(index * stride, index * stride + samplePieceBytes),
  )
  const sample = zstdCompressSync(Buffer.concat(pieces), {
    params: { [constants.ZSTD_c_compressionLevel]: ingestLevel },
  })
  return pays(sample, samplePieces * samplePieceBytes)
}

function pays(frame: Uint8Array, plainBytes: number): boolean {
  return frame.byteLength < plainBytes * worthwhileShare
}
