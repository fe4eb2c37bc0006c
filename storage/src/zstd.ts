import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { ownBufferBytes, releaseBytes } from './release-bytes.ts'

/** On the path of an upload; what is cold may be compressed better later. */
const ingestLevel = 1
/** A table that the first cache of a processor holds: a tenth faster than twice as many, and 1 % larger frames. */
const ingestTableLog = 13
/** Faster levels do not look into the whole of a dictionary … */
const baseLevel = 3
/** … and smaller tables do not hold all of one that is larger than half a megabyte. */
const baseTableLog = 18
/** What compression must save for its price at every read. */
const worthwhileShare = 0.95
/** Below this a frame's own head eats what it saves. */
const minCompressibleBytes = 64
/** Up to this the whole is compressed and measured; above it a sample decides first. */
const sampledAboveBytes = 32 * 1024
const samplePieces = 4
const samplePieceBytes = 4 * 1024
/** Where single bytes say so little less than they could, what repeats has to decide … */
const surelyCompressibleBits = 7
/** … but hardly ever repeats enough in a small content where they say nearly all: its price is a compressor of its own. */
const hardlyCompressibleBits = 7.9
/** Of fewer bytes no random ones come near. */
const minTellingBytes = 4096

/** No frame of ours needs more, and no forged one gets more: 8 MiB. */
const maxWindowLog = 23

/** One frame (RFC 8878), or `undefined` where that does not pay. */
export function compress(plain: Uint8Array, level = ingestLevel): Uint8Array | undefined {
  if (plain.byteLength < minCompressibleBytes || !seemsCompressible(plain, level)) return undefined
  const frame = zstdCompressSync(plain, {
    chunkSize: frameBound(plain.byteLength),
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      ...(level === ingestLevel ? { [constants.ZSTD_c_hashLog]: ingestTableLog } : {}),
    },
  })
  if (pays(frame, plain.byteLength)) return frame
  releaseBytes(frame)
  return undefined
}

/** What a frame has at most (`ZSTD_COMPRESSBOUND`): with room for that it is made in one step, without copies. */
function frameBound(plainBytes: number): number {
  return plainBytes + (plainBytes >>> 8) + 64
}

/** One frame with some earlier form of the same bytes as a raw dictionary: what they share costs nothing. */
export function compressWithBase(plain: Uint8Array, base: Uint8Array): Uint8Array {
  return zstdCompressSync(plain, {
    dictionary: base,
    // The least that Node takes is 64.
    chunkSize: Math.max(plain.byteLength, 64),
    params: {
      [constants.ZSTD_c_compressionLevel]: baseLevel,
      [constants.ZSTD_c_windowLog]: maxWindowLog,
      [constants.ZSTD_c_hashLog]: baseTableLog,
      [constants.ZSTD_c_chainLog]: baseTableLog,
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

/** Used again and again: a thread looks at one content at a time. */
const sample = new Uint8Array(samplePieces * samplePieceBytes)

/** Whether pieces from all over the bytes compress. */
function seemsCompressible(plain: Uint8Array, level: number): boolean {
  if (plain.byteLength <= sampledAboveBytes)
    return (
      level !== ingestLevel ||
      plain.byteLength < minTellingBytes ||
      entropyBits(plain) < hardlyCompressibleBits
    )
  const stride = Math.floor((plain.byteLength - samplePieceBytes) / (samplePieces - 1))
  for (let index = 0; index < samplePieces; index++) {
    const start = Math.floor(index * stride)
    sample.set(plain.subarray(start, start + samplePieceBytes), index * samplePieceBytes)
  }
  // Tells most of what compresses in a tenth of the time.
  if (entropyBits(sample) < surelyCompressibleBits) return true
  const frame = zstdCompressSync(sample, {
    chunkSize: ownBufferBytes,
    params: { [constants.ZSTD_c_compressionLevel]: ingestLevel },
  })
  const doesPay = pays(frame, sample.byteLength)
  releaseBytes(frame)
  return doesPay
}

const counts = new Uint32Array(256)

/** Of each byte by itself (Shannon). */
function entropyBits(bytes: Uint8Array): number {
  counts.fill(0)
  for (let at = 0; at < bytes.length; at++) counts[bytes[at]!]! += 1
  let bits = Math.log2(bytes.byteLength)
  for (const count of counts) if (count > 0) bits -= (count / bytes.byteLength) * Math.log2(count)
  return bits
}

function pays(frame: Uint8Array, plainBytes: number): boolean {
  return frame.byteLength < plainBytes * worthwhileShare
}
