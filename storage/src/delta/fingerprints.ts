import { gearV1 } from '../chunking/gear.ts'

/** One position in so many is sampled, by what stands before it. */
const sampledZeroBits = 10
const sampledMask = -1 << (32 - sampledZeroBits)
const windowBytes = 32
/** Where the same bytes repeat for long, any position may be one. */
const minDistanceBytes = 256

export const averageDistanceBytes = 2 ** sampledZeroBits

/**
 * Fingerprints of some of the places in bytes, in pairs: the hash of the 32 bytes up to there, and the place.
 * Which places follows from those bytes alone, so that what moves keeps its fingerprints.
 */
export function fingerprintsOf(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes
  const words = new DataView(buffer, byteOffset, byteLength)
  const found: number[] = []
  let hash = 0
  let next = windowBytes - 1
  for (let at = 0; at < byteLength; at++) {
    hash = ((hash << 1) + (gearV1[bytes[at] as number] as number)) | 0
    if ((hash & sampledMask) !== 0 || at < next) continue
    found.push(mixed(hash, words.getUint32(at - 7), words.getUint32(at - 3)), at)
    next = at + minDistanceBytes
  }
  return Uint32Array.from(found)
}

/** The hash of a sampled place has only 22 bits that say anything. */
function mixed(hash: number, before: number, last: number): number {
  return (hash ^ Math.imul(before, 0x9e3779b1) ^ Math.imul(last, 0x85ebca6b)) >>> 0
}
