import type { SpaceId } from '@cloudsync/protocol'
import type { Clock } from '#platform/clock.ts'

/** When something was read of the database, and after which of the changes that were told. */
export interface ReadMoment {
  readonly atMs: number
  readonly generation: number
}

/**
 * Tells how long what was read of access may be believed: until a change of it is told, and no longer than another
 * process may change it untold.
 */
export class ReadMoments {
  readonly #clock: Clock
  readonly #maxAgeMs: number
  /** Grows with each `forget`, so that a read that began before it is not believed after it. */
  #generation = 0
  /** What was read earlier is forgotten: of everything, and of spaces. */
  #validFrom = 0
  readonly #spaceValidFrom = new Map<SpaceId, number>()

  constructor(clock: Clock, maxAgeMs: number) {
    this.#clock = clock
    this.#maxAgeMs = maxAgeMs
  }

  get generation(): number {
    return this.#generation
  }

  /** To be taken before the reading. */
  now(): ReadMoment {
    return { atMs: this.#clock.now().getTime(), generation: this.#generation }
  }

  isFresh(read: ReadMoment, spaceId: SpaceId, validUntilMs = Infinity): boolean {
    if (read.generation < this.#validFrom) return false
    if (read.generation < (this.#spaceValidFrom.get(spaceId) ?? 0)) return false
    const nowMs = this.#clock.now().getTime()
    const ageMs = nowMs - read.atMs
    return ageMs >= 0 && ageMs < this.#maxAgeMs && nowMs < validUntilMs
  }

  /** What was read of a space counts no more; without one, nothing does. Gives whether it was all. */
  forget(spaceId: SpaceId | undefined): boolean {
    this.#generation += 1
    if (spaceId !== undefined && this.#spaceValidFrom.size < maxSpaces) {
      this.#spaceValidFrom.set(spaceId, this.#generation)
      return false
    }
    this.#validFrom = this.#generation
    this.#spaceValidFrom.clear()
    return true
  }
}

const maxSpaces = 10_000
