import { createHash, hash } from 'node:crypto'
import { gearV1 } from '@cloudsync/storage/chunking'

/**
 * The pieces of a content, cut by what is in them (see `chunking.ts` of storage) and so small that an edit costs little
 * more than its bytes. They are remembered of what a file was when it was last synced, since by the time that it has
 * changed nobody has the old bytes any more. Encoded:
 *
 *     version (1): 1, average (1): its logarithm to the base 2, then of each piece
 *     the first 8 bytes of its SHA-256, its length (4, big-endian)
 *
 * Eight bytes tell pieces of one file apart well enough, as what is made of them is checked as a whole.
 */
export class FineChunks {
  readonly averageBits: number
  readonly #rows: Buffer

  constructor(averageBits: number, rows: Buffer) {
    this.averageBits = averageBits
    this.#rows = rows
  }

  /** `undefined` for what is not of this form. */
  static decode(bytes: Uint8Array): FineChunks | undefined {
    const [version, averageBits] = bytes
    const rows = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(headBytes)
    const isKnown = version === 1 && averageBits !== undefined && rows.length % rowBytes === 0
    return isKnown ? new FineChunks(averageBits, rows) : undefined
  }

  encode(): Uint8Array {
    return Buffer.concat([Uint8Array.of(1, this.averageBits), this.#rows])
  }

  get count(): number {
    return this.#rows.length / rowBytes
  }

  /** By which a table finds it: some bits of its hash. */
  bitsOf(index: number): number {
    return this.#rows.readUInt32BE(index * rowBytes)
  }

  isSame(index: number, other: FineChunks, otherIndex: number): boolean {
    const [at, otherAt] = [index * rowBytes, otherIndex * rowBytes]
    return this.#rows.compare(other.#rows, otherAt, otherAt + rowBytes, at, at + rowBytes) === 0
  }

  lengthOf(index: number): number {
    return this.#rows.readUInt32BE(index * rowBytes + keyBytes)
  }
}

const headBytes = 2
const keyBytes = 8
const rowBytes = keyBytes + 4
/** Of a content; more would not pay for what they save. */
const wantedPieces = 262_144

/** How fine a content of this size is cut: pieces of 1 KiB up to 256 MiB, of 4 KiB for a gigabyte. */
export function averageBitsFor(sizeBytes: number): number {
  return Math.max(10, Math.min(20, Math.round(Math.log2(Math.max(1, sizeBytes / wantedPieces)))))
}

/** Takes a content as it comes, piece by piece. */
export class FineChunker {
  readonly #averageBits: number
  readonly #minBytes: number
  readonly #maxBytes: number
  readonly #strictMask: number
  readonly #easyMask: number
  #rolling = 0
  #length = 0
  /** Of a chunk that began in an earlier piece. */
  #begun: ReturnType<typeof createHash> | undefined
  #rows = Buffer.alloc(rowBytes * 1024)
  #rowsLength = 0

  constructor(averageBits: number) {
    this.#averageBits = averageBits
    this.#minBytes = 2 ** (averageBits - 1)
    this.#maxBytes = 2 ** (averageBits + 1)
    // Normalised (see `chunking.ts`), so that few pieces are much longer than the others.
    this.#strictMask = -1 << (32 - averageBits - 2)
    this.#easyMask = -1 << (32 - averageBits + 2)
  }

  push(piece: Uint8Array): void {
    let start = 0
    while (start < piece.length) {
      const cut = this.#findCut(piece, start)
      if (cut === undefined) break
      this.#end(piece.subarray(start, cut))
      start = cut
    }
    if (start < piece.length)
      this.#begun = (this.#begun ?? createHash('sha256')).update(piece.subarray(start))
  }

  /** Behind the last byte of the chunk that goes on at `start`; `undefined` where the piece ends before it does. */
  #findCut(piece: Uint8Array, start: number): number | undefined {
    const chunkStart = start - this.#length
    /** Where the chunk has so many bytes, as far as that lies in the piece. */
    const at = (length: number) => Math.max(start, Math.min(piece.length, chunkStart + length))
    // The 32 bytes before a cut decide, and nothing before them.
    this.#roll(piece, at(this.#minBytes - windowBytes), at(this.#minBytes - 1), 0)
    const average = 2 ** this.#averageBits
    const cut =
      this.#roll(piece, at(this.#minBytes - 1), at(average - 1), this.#strictMask) ??
      this.#roll(piece, at(average - 1), at(this.#maxBytes), this.#easyMask) ??
      (piece.length - chunkStart >= this.#maxBytes ? chunkStart + this.#maxBytes : undefined)
    this.#length = (cut ?? piece.length) - chunkStart
    return cut
  }

  /** The first position in (from, to] whose hash has none of the bits of `mask`, if there are any. */
  #roll(piece: Uint8Array, from: number, to: number, mask: number): number | undefined {
    const gear = gearV1
    let rolling = this.#rolling
    for (let at = from; at < to; at++) {
      rolling = ((rolling << 1) + (gear[piece[at] as number] as number)) | 0
      if ((rolling & mask) !== 0 || mask === 0) continue
      this.#rolling = rolling
      return at + 1
    }
    this.#rolling = rolling
    return undefined
  }

  finish(): FineChunks {
    if (this.#length > 0) this.#end(new Uint8Array())
    return new FineChunks(this.#averageBits, this.#rows.subarray(0, this.#rowsLength))
  }

  #end(last: Uint8Array): void {
    const digest = this.#begun ? this.#begun.update(last).digest() : hash('sha256', last, 'buffer')
    this.#begun = undefined
    if (this.#rowsLength === this.#rows.length)
      this.#rows = Buffer.concat([this.#rows, Buffer.alloc(this.#rows.length)])
    digest.copy(this.#rows, this.#rowsLength, 0, keyBytes)
    this.#rows.writeUInt32BE(this.#length, this.#rowsLength + keyBytes)
    this.#rowsLength += rowBytes
    this.#length = 0
  }
}

const windowBytes = 32

export async function scanContent(
  content: AsyncIterable<Uint8Array>,
  averageBits: number,
): Promise<FineChunks> {
  const chunker = new FineChunker(averageBits)
  for await (const piece of content) chunker.push(piece)
  return chunker.finish()
}
