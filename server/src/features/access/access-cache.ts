import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { Clock } from '#platform/clock.ts'
import type { NodeAccess } from './access.ts'
import type { ReadAccess } from './access-reader.ts'

export interface AccessCacheOptions {
  readonly clock: Clock
  /** How long an access may be believed that another process could have changed meanwhile. */
  readonly maxAgeMs: number
  readonly maxEntries: number
}

interface Entry {
  readonly access: NodeAccess
  readonly readAtMs: number
  readonly validUntilMs: number
  readonly generation: number
}

/**
 * Remembers for a moment what users may do with nodes. Only what was found is remembered, never that there
 * was nothing, nor that a node lies in the trash: what was granted or restored by another process counts at
 * once.
 */
export class AccessCache {
  readonly #options: AccessCacheOptions
  readonly #entries = new Map<string, Entry>()
  /** Grows with each `forget`, so that a read that began before it is not believed after it. */
  #generation = 0
  /** What was read earlier is forgotten: of everything, and of spaces. */
  #validFrom = 0
  readonly #spaceValidFrom = new Map<SpaceId, number>()

  constructor(options: AccessCacheOptions) {
    this.#options = options
  }

  get generation(): number {
    return this.#generation
  }

  find(userId: UserId, nodeId: NodeId): NodeAccess | undefined {
    const entry = this.#entries.get(keyOf(userId, nodeId))
    if (!entry || entry.generation < this.#validFrom) return undefined
    if (entry.generation < (this.#spaceValidFrom.get(entry.access.spaceId) ?? 0)) return undefined
    const nowMs = this.#options.clock.now().getTime()
    const ageMs = nowMs - entry.readAtMs
    const isRecent = ageMs >= 0 && ageMs < this.#options.maxAgeMs
    return isRecent && nowMs < entry.validUntilMs ? entry.access : undefined
  }

  /** `generation` and `readAt` are of before the reading. */
  remember(
    userId: UserId,
    found: Iterable<ReadAccess>,
    { generation, readAt }: { readonly generation: number; readonly readAt: Date },
  ): void {
    for (const { access, validUntilMs } of found) {
      if (access.isTrashed) continue
      const key = keyOf(userId, access.nodeId)
      // The oldest goes: a map keeps the order in which it was filled.
      this.#entries.delete(key)
      if (this.#entries.size >= this.#options.maxEntries) {
        const oldest = this.#entries.keys().next()
        if (!oldest.done) this.#entries.delete(oldest.value)
      }
      this.#entries.set(key, { access, readAtMs: readAt.getTime(), validUntilMs, generation })
    }
  }

  /** What is remembered of a space counts no more; without one, nothing does. */
  forget(spaceId: SpaceId | undefined): void {
    this.#generation += 1
    if (spaceId !== undefined && this.#spaceValidFrom.size < maxSpaces) {
      this.#spaceValidFrom.set(spaceId, this.#generation)
      return
    }
    this.#validFrom = this.#generation
    this.#spaceValidFrom.clear()
    this.#entries.clear()
  }
}

const maxSpaces = 10_000

function keyOf(userId: UserId, nodeId: NodeId): string {
  return userId + nodeId
}
