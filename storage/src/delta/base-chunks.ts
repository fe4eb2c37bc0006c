import type { ManifestEntry } from '../packs/manifest-page.ts'
import { maxStepBytes, type BaseRange } from './delta-format.ts'

/** Of what is repeated thousands of times, some places are enough. */
const maxPlaces = 16

interface KnownChunk {
  readonly plainBytes: number
  readonly places: number[]
  isFound: boolean
}

/** Where each chunk of a base lies, and which of them are found again. */
export class BaseChunks {
  readonly #chunks = new Map<string, KnownChunk>()

  static async read(chunks: AsyncIterable<ManifestEntry> | Iterable<ManifestEntry>) {
    const known = new BaseChunks()
    let position = 0
    for await (const { hash, plainBytes } of chunks) {
      known.#add(hash, plainBytes, position)
      position += plainBytes
    }
    return known
  }

  /** A place of a chunk, best the one that is wanted; `undefined` where the base does not have it. */
  find(hash: Uint8Array, wanted: number): number | undefined {
    const known = this.#chunks.get(nameOf(hash))
    if (!known) return undefined
    known.isFound = true
    return known.places.find((start) => start === wanted) ?? known.places[0]
  }

  /** What was never found, in pieces of at most 1 MiB. */
  *listUnfound(): Generator<BaseRange> {
    let piece: BaseRange | undefined
    for (const { places, plainBytes, isFound } of this.#chunks.values()) {
      const [start] = places
      if (isFound || start === undefined) continue
      const end = start + plainBytes
      if (piece?.end === start && end - piece.start <= maxStepBytes) {
        piece = { start: piece.start, end }
        continue
      }
      if (piece) yield piece
      piece = { start, end }
    }
    if (piece) yield piece
  }

  #add(hash: Uint8Array, plainBytes: number, position: number): void {
    const name = nameOf(hash)
    const known = this.#chunks.get(name)
    if (!known) this.#chunks.set(name, { plainBytes, places: [position], isFound: false })
    else if (known.places.length < maxPlaces) known.places.push(position)
  }
}

function nameOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}
