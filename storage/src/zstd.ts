import { promisify } from 'node:util'
import {
  constants,
  createZstdCompress,
  createZstdDecompress,
  zstdCompress,
  zstdDecompress,
} from 'node:zlib'
import type { ZstdCompress, ZstdDecompress } from 'node:zlib'

const compressAsync = promisify(zstdCompress)
const decompressAsync = promisify(zstdDecompress)

/** For content in memory: texts, written once and kept. A tenth smaller than level 1 in the same time. */
const wholeLevel = 3
/** For large content, where level 1 is a third faster. */
const streamLevel = 1

/** What compression must save for its price at every read. */
const worthwhileShare = 0.95
/** Below this a frame's own head eats what it saves. */
const minCompressibleBytes = 64
/** Up to this the whole is compressed at once and measured; above it a sample decides. */
const sampledAboveBytes = 1024 * 1024
const samplePieces = 8
const samplePieceBytes = 4 * 1024
const goldenRatio = (1 + Math.sqrt(5)) / 2

/** No frame of ours needs more, and no forged one gets more: 8 MiB. */
const maxWindowLog = 23

/** Compressed on the thread pool, or `undefined` where that does not pay. */
export async function compressWhole(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  if (bytes.byteLength < minCompressibleBytes) return undefined
  if (bytes.byteLength > sampledAboveBytes && !(await compressionPays(bytes))) return undefined
  const compressed = await compressAsync(bytes, {
    chunkSize: bytes.byteLength,
    params: { [constants.ZSTD_c_compressionLevel]: wholeLevel },
  })
  return compressed.byteLength < bytes.byteLength * worthwhileShare ? compressed : undefined
}

/**
 * Whether pieces from all over the bytes compress at the fastest level. They lie at multiples of the
 * golden ratio, so that no regular structure hides between them.
 */
export async function compressionPays(bytes: Uint8Array): Promise<boolean> {
  const room = Math.max(0, bytes.byteLength - samplePieceBytes)
  const pieces = Array.from({ length: samplePieces }, (_, index) => {
    const start = Math.floor(((index * goldenRatio) % 1) * room)
    return bytes.subarray(start, start + samplePieceBytes)
  })
  const sample = Buffer.concat(pieces)
  const compressed = await compressAsync(sample, {
    params: { [constants.ZSTD_c_compressionLevel]: streamLevel },
  })
  return compressed.byteLength < sample.byteLength * worthwhileShare
}

/**
 * The plain bytes of a frame, on the thread pool, at most `plainBytes`. Rejects with zlib's error
 * when it is none, is cut off, or holds more.
 */
export function decompressWhole(frame: Uint8Array, plainBytes: number): Promise<Uint8Array> {
  return decompressAsync(frame, {
    chunkSize: Math.max(plainBytes, minChunkBytes),
    maxOutputLength: Math.max(plainBytes, 1),
    params: { [constants.ZSTD_d_windowLogMax]: maxWindowLog },
  })
}

/** zlib accepts no smaller output buffer. */
const minChunkBytes = 64

export function compressStream(): ZstdCompress {
  return createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: streamLevel } })
}

/** Its output is not bounded: whoever reads it counts. */
export function decompressStream(): ZstdDecompress {
  return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: maxWindowLog } })
}

/** Whether an error says that the bytes are no frame, as opposed to a failure to get them. */
export function isZstdDataError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return false
  return /^(?:ZSTD_|Z_|ERR_BUFFER_TOO_LARGE$)/.test(error.code)
}
