import { CutSearch, chunkingV1 } from './chunking.ts'

/**
 * Cuts a content that comes in pieces into the chunks that `findCut` finds in the whole, however it is
 * divided. Keeps only the chunk that is not yet whole: less than `maxBytes`. For one content at a time;
 * after `finish` for the next.
 */
export class Chunker {
  #search = new CutSearch()
  /** Allocated when a piece first ends within a chunk. */
  #held: Uint8Array | undefined
  #heldBytes = 0

  /** The chunks that end in this piece, in order. They are copies: the piece may be used again. */
  push(piece: Uint8Array): Uint8Array[] {
    const chunks: Uint8Array[] = []
    let start = 0
    for (;;) {
      const cut = this.#search.advance(piece, start, piece.length)
      if (cut === undefined) break
      chunks.push(this.#take(piece.subarray(start, cut)))
      start = cut
    }
    this.#hold(piece.subarray(start))
    return chunks
  }

  /** The last chunk, shorter than the minimum perhaps; `undefined` when nothing is left. */
  finish(): Uint8Array | undefined {
    this.#search = new CutSearch()
    return this.#heldBytes > 0 ? this.#take(new Uint8Array()) : undefined
  }

  #take(end: Uint8Array): Uint8Array {
    const chunk = new Uint8Array(this.#heldBytes + end.length)
    if (this.#held) chunk.set(this.#held.subarray(0, this.#heldBytes))
    chunk.set(end, this.#heldBytes)
    this.#heldBytes = 0
    return chunk
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#held ??= new Uint8Array(chunkingV1.maxBytes)
    this.#held.set(bytes, this.#heldBytes)
    this.#heldBytes += bytes.length
  }
}
