import type { BaseRange } from './delta-format.ts'
import { averageDistanceBytes } from './fingerprints.ts'

/** Old bytes are taken in segments of the base of this size, wherever something in them is found again. */
const segmentBytes = 64 * 1024
/** More makes the table of a frame cost more than its bytes. */
const maxRangesBytes = 2 * 1024 * 1024
/** On either side of where a new piece belongs; what was there before the edit lies in it. */
const neighbourBytes = 128 * 1024
/** New bytes have some fingerprints in common with an older form, if they have one. */
const minTellingBytes = 64 * averageDistanceBytes

/** Where in a base the older form of new bytes lies. */
export class OldPlaces {
  readonly #sizeBytes: number
  readonly #places = new Map<number, number>()

  constructor(baseSizeBytes: number) {
    this.#sizeBytes = baseSizeBytes
  }

  /** Remembers what lies in the base from `start`, by its fingerprints. */
  add(fingerprints: Uint32Array, start: number): void {
    for (let index = 0; index < fingerprints.length; index += 2) {
      const print = fingerprints[index] as number
      if (!this.#places.has(print))
        this.#places.set(print, start + (fingerprints[index + 1] as number))
    }
  }

  /**
   * Ranges of the base that have most in common with a new piece, and, unless enough was found, what lies around
   * `position`, where the piece belongs.
   */
  find(fingerprints: Uint32Array, { position, plainBytes }: NewPiece): FoundOld {
    const votes = this.#vote(fingerprints)
    const chosen = [...votes]
      .toSorted(([, one], [, other]) => other - one)
      .slice(0, maxRangesBytes / segmentBytes)
      .map(([segment]) => segment)
    const enough = (plainBytes + 2 * neighbourBytes) / segmentBytes
    const first = this.#segmentOf(position - neighbourBytes)
    const last = this.#segmentOf(position + plainBytes + neighbourBytes)
    for (let near = first; near <= last && chosen.length < enough; near++)
      if (!votes.has(near)) chosen.push(near)
    return {
      isUnlikely: votes.size === 0 && plainBytes >= minTellingBytes,
      ranges: this.#rangesOf(chosen),
    }
  }

  /** How many fingerprints are found in each segment, or close to it. */
  #vote(fingerprints: Uint32Array): Map<number, number> {
    const votes = new Map<number, number>()
    for (let index = 0; index < fingerprints.length; index += 2) {
      const place = this.#places.get(fingerprints[index] as number)
      if (place === undefined) continue
      for (const near of [place - averageDistanceBytes, place + averageDistanceBytes]) {
        const segment = this.#segmentOf(near)
        votes.set(segment, (votes.get(segment) ?? 0) + 1)
      }
    }
    return votes
  }

  #segmentOf(position: number): number {
    return Math.floor(Math.max(0, Math.min(position, this.#sizeBytes - 1)) / segmentBytes)
  }

  #rangesOf(segments: readonly number[]): BaseRange[] {
    const ranges: BaseRange[] = []
    for (const segment of segments.toSorted((one, other) => one - other)) {
      const start = segment * segmentBytes
      const end = Math.min(this.#sizeBytes, start + segmentBytes)
      const last = ranges.at(-1)
      if (last?.end === start) ranges[ranges.length - 1] = { start: last.start, end }
      else if (end > start) ranges.push({ start, end })
    }
    return ranges
  }
}

export interface NewPiece {
  readonly position: number
  readonly plainBytes: number
}

export interface FoundOld {
  /** Nothing of the piece was found. */
  readonly isUnlikely: boolean
  readonly ranges: readonly BaseRange[]
}
