import { sha256FromBytes, sha256ToBytes, type Sha256 } from '../sha256.ts'

/**
 * A delta, version 2: how one content is made from another that the reader has, the *base*. All numbers are
 * unsigned and big-endian.
 *
 *     offset  bytes
 *     0       4     magic: 'C' 'S' 'D' 'L'
 *     4       1     format version: 2
 *     5       3     zero
 *     8       32    SHA-256 of the base
 *     40      32    SHA-256 of the content that is made
 *     72      8     its size
 *     80      …     steps, each of which gives the next bytes of it
 *
 * A step begins with its kind (1 byte):
 *
 *     0  end                nothing follows
 *     1  copy               start in the base (8), length (8)
 *     2  raw                length (4), the bytes
 *     3  zstd               plain length (4), length (4), one zstd frame (RFC 8878)
 *     4  zstd with the base plain length (4), length (4), number of ranges (2), of each its start in the base
 *                           (8) and its length (4), a frame made with those bytes of the base, one behind
 *                           the other, as a raw dictionary (RFC 8878, 5)
 *
 * A step gives at most 1 MiB, unless it copies, and its dictionary has at most 4 MiB in at most 256 ranges.
 * All steps together read at most eight times the size of the base, and 64 MiB more,
 * where each range of it counts as 64 KiB at least.
 */
export const deltaHeaderBytes = 80
export const maxStepBytes = 1024 * 1024
export const maxDictionaryBytes = 4 * 1024 * 1024
export const maxDictionaryRanges = 256
export const deltaSteps = { end: 0, copy: 1, raw: 2, zstd: 3, zstdWithBase: 4 } as const

const magic = Buffer.from('CSDL', 'latin1')
const formatVersion = 2

export interface DeltaHeader {
  readonly base: Sha256
  readonly target: Sha256
  readonly sizeBytes: number
}

/** From `start` up to and without `end`. */
export interface BaseRange {
  readonly start: number
  readonly end: number
}

/** The bytes are no delta, or do not give what they say. */
export class DeltaBrokenError extends Error {
  override readonly name = 'DeltaBrokenError'
}

export function encodeDeltaHeader({ base, target, sizeBytes }: DeltaHeader): Uint8Array {
  const header = Buffer.alloc(deltaHeaderBytes)
  magic.copy(header)
  header[4] = formatVersion
  header.set(sha256ToBytes(base), 8)
  header.set(sha256ToBytes(target), 40)
  header.writeBigUInt64BE(BigInt(sizeBytes), 72)
  return header
}

/** Throws `DeltaBrokenError`. */
export function decodeDeltaHeader(header: Buffer): DeltaHeader {
  if (!header.subarray(0, 4).equals(magic))
    throw new DeltaBrokenError('It does not begin as a delta')
  if (header[4] !== formatVersion)
    throw new DeltaBrokenError(`Version ${header[4]} of deltas is not known`)
  const sizeBytes = Number(header.readBigUInt64BE(72))
  if (!Number.isSafeInteger(sizeBytes)) throw new DeltaBrokenError('Its size is out of bounds')
  return {
    base: sha256FromBytes(header.subarray(8, 40)),
    target: sha256FromBytes(header.subarray(40, 72)),
    sizeBytes,
  }
}

export function encodeCopy(start: number, length: number): Uint8Array {
  const step = Buffer.alloc(17)
  step[0] = deltaSteps.copy
  step.writeBigUInt64BE(BigInt(start), 1)
  step.writeBigUInt64BE(BigInt(length), 9)
  return step
}

export function encodeRaw(plain: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5)
  head[0] = deltaSteps.raw
  head.writeUInt32BE(plain.byteLength, 1)
  return Buffer.concat([head, plain])
}

export function encodeZstd(plainBytes: number, frame: Uint8Array): Uint8Array {
  const head = Buffer.alloc(9)
  head[0] = deltaSteps.zstd
  head.writeUInt32BE(plainBytes, 1)
  head.writeUInt32BE(frame.byteLength, 5)
  return Buffer.concat([head, frame])
}

/** `frame` was made with these ranges of the base as its dictionary. */
export function encodeZstdWithBase(
  plainBytes: number,
  frame: Uint8Array,
  ranges: readonly BaseRange[],
): Uint8Array {
  const head = Buffer.alloc(zstdWithBaseHeadBytes + 1)
  head[0] = deltaSteps.zstdWithBase
  head.writeUInt32BE(plainBytes, 1)
  head.writeUInt32BE(frame.byteLength, 5)
  head.writeUInt16BE(ranges.length, 9)
  return Buffer.concat([head, ...ranges.map(encodeRange), frame])
}

function encodeRange({ start, end }: BaseRange): Uint8Array {
  const range = Buffer.alloc(rangeBytes)
  range.writeBigUInt64BE(BigInt(start))
  range.writeUInt32BE(end - start, 8)
  return range
}

/** What follows its kind, up to the ranges. */
export const zstdWithBaseHeadBytes = 10
export const rangeBytes = 12

export const encodedEnd: Uint8Array = Uint8Array.of(deltaSteps.end)
