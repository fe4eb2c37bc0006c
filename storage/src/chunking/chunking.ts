/**
 * Where a content is cut into chunks so that an edit changes only the chunks around it: FastCDC.
 *
 *     W. Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data
 *     Deduplication", USENIX ATC 2016, and "The Design of Fast Content-Defined Chunking for Data
 *     Deduplication Based Storage Systems", IEEE TPDS 31(9), 2020.
 *
 * Version 1: the hash of a position is that of the 32 bytes before it, in 32 bits,
 *
 *     hash ← hash · 2 + gear[byte]   (mod 2^32, so that a byte is gone after 32 steps)
 *
 * and a chunk of n bytes may end at a position whose hash begins with
 *
 *     n <  64 KiB   no position: these bytes are skipped
 *     n < 256 KiB   20 zero bits: one position in 2^20, where 2^18 would be the average
 *     n <   1 MiB   16 zero bits: one in 2^16 (normalised chunking, level 2: two bits either way)
 *     n =   1 MiB   every position
 *
 * The high bits are tested because all 32 bytes reach bit 31 and only one reaches bit 0. The papers
 * begin the hash with nothing after the skipped bytes; here the 31 bytes before count too, so that
 * whether a position can be a cut depends on its 32 bytes alone and not on where its chunk began.
 */
import { gearV1 } from './gear.ts'

export interface Chunking {
  readonly version: 1
  readonly minBytes: number
  readonly averageBytes: number
  readonly maxBytes: number
}

/** Whoever changes a number here, the table or the rule makes another version. */
export const chunkingV1: Chunking = {
  version: 1,
  minBytes: 64 * 1024,
  averageBytes: 256 * 1024,
  maxBytes: 1024 * 1024,
}

const windowBytes = 32
const twentyHighBits = -1 << 12
const sixteenHighBits = -1 << 16

/**
 * The end of the chunk that begins at `start`: a position in (start, end]. `end` is the end of what is
 * there; the answer is final when end - start >= maxBytes, or when nothing follows. One before `end` is
 * final too. Throws a `RangeError` unless 0 ≤ start < end ≤ length.
 */
export function findCut(bytes: Uint8Array, start: number, end: number): number {
  if (!(start >= 0 && start < end && end <= bytes.length))
    throw new RangeError(`No chunk begins at ${start} and ends by ${end} in ${bytes.length} bytes`)
  return new CutSearch().advance(bytes, start, end) ?? end
}

/** A search for one cut after another in a content that comes in pieces. Looks at no byte twice. */
export class CutSearch {
  /** How much of the current chunk went by in earlier pieces. */
  #seenBytes = 0
  /** Of the last 32 bytes; what lies before a chunk is out of it when the first position counts. */
  #hash = 0

  /**
   * Takes the next bytes of the content, from `start` to `end`. Gives the position after the chunk's
   * last byte, from where the next call goes on with the next chunk, or `undefined` when all of them
   * belong to the chunk and it may go on.
   */
  advance(bytes: Uint8Array, start: number, end: number): number | undefined {
    const chunkStart = start - this.#seenBytes
    /** Where the chunk has so many bytes, as far as that lies in the piece. */
    const at = (length: number) => Math.max(start, Math.min(end, chunkStart + length))
    const { minBytes, averageBytes, maxBytes } = chunkingV1
    this.#warmUp(bytes, at(minBytes - windowBytes), at(minBytes - 1))
    const cut =
      this.#scan(bytes, at(minBytes - 1), at(averageBytes - 1), twentyHighBits) ??
      this.#scan(bytes, at(averageBytes - 1), at(maxBytes), sixteenHighBits) ??
      (end - chunkStart >= maxBytes ? chunkStart + maxBytes : undefined)
    this.#seenBytes = cut === undefined ? end - chunkStart : 0
    return cut
  }

  #warmUp(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#hash = roll(this.#hash, bytes[at]!)
  }

  /**
   * The first position in (from, to] whose hash has none of the bits of `mask`. Passes over four bytes
   * at a time until one of them is it; were the loop over single bytes in here too, V8 would make this
   * one a third slower (measured on Node 24).
   */
  #scan(bytes: Uint8Array, from: number, to: number, mask: number): number | undefined {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const gear = gearV1
    let hash = this.#hash
    let at = from
    for (const end = to - 3; at < end; at += 4) {
      const four = view.getUint32(at, true)
      const first = ((hash << 1) + gear[four & 0xff]!) | 0
      const second = ((first << 1) + gear[(four >>> 8) & 0xff]!) | 0
      const third = ((second << 1) + gear[(four >>> 16) & 0xff]!) | 0
      const fourth = ((third << 1) + gear[four >>> 24]!) | 0
      if (!(first & mask) || !(second & mask) || !(third & mask) || !(fourth & mask)) break
      hash = fourth
    }
    this.#hash = hash
    return this.#scanByBytes(bytes, at, to, mask)
  }

  #scanByBytes(bytes: Uint8Array, from: number, to: number, mask: number): number | undefined {
    for (let at = from; at < to; at++) {
      this.#hash = roll(this.#hash, bytes[at]!)
      if ((this.#hash & mask) === 0) return at + 1
    }
    return undefined
  }
}

function roll(hash: number, byte: number): number {
  return ((hash << 1) + gearV1[byte]!) | 0
}
