import type { SpaceId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Schema } from '#platform/db/schema.ts'

export interface SpaceSeqsOptions {
  readonly db: Kysely<Schema>
  readonly log: Logger
}

interface Follower {
  readonly tell: (seq: number) => void
  toldSeq: number | undefined
}

/** Changes are told together that come so close after one another. */
const gatherMs = 30
/** How soon what another process has changed is seen. */
const pollMs = 250

/**
 * How far the change feeds of spaces have come, for those who follow them. The truth is asked of the database, of all
 * spaces that are followed at once: right after a change of this process, and a few times a second for those of others.
 */
export class SpaceSeqs implements Disposable {
  readonly #options: SpaceSeqsOptions
  readonly #followers = new Map<SpaceId, Set<Follower>>()
  #timer: NodeJS.Timeout | undefined
  #dueAtMs = Infinity
  #isClosed = false

  constructor(options: SpaceSeqsOptions) {
    this.#options = options
  }

  /** `tell` hears soon where the space stands, and then whenever it has grown. It must not throw. */
  follow(spaceId: SpaceId, tell: (seq: number) => void): Disposable {
    const follower: Follower = { tell, toldSeq: undefined }
    const followers = this.#followers.get(spaceId) ?? new Set<Follower>()
    this.#followers.set(spaceId, followers.add(follower))
    this.#pollIn(0)
    return {
      [Symbol.dispose]: () => {
        followers.delete(follower)
        if (followers.size === 0 && this.#followers.get(spaceId) === followers)
          this.#followers.delete(spaceId)
      },
    }
  }

  /** Something was committed by this process. */
  poke(): void {
    if (this.#followers.size > 0) this.#pollIn(gatherMs)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#followers.clear()
  }

  #pollIn(delayMs: number): void {
    const atMs = performance.now() + delayMs
    if (this.#isClosed || atMs >= this.#dueAtMs) return
    clearTimeout(this.#timer)
    this.#dueAtMs = atMs
    this.#timer = setTimeout(() => void this.#poll(), delayMs).unref()
  }

  async #poll(): Promise<void> {
    this.#dueAtMs = Infinity
    const spaceIds = [...this.#followers.keys()]
    if (spaceIds.length === 0) return
    try {
      const spaces = await this.#options.db
        .selectFrom('spaces')
        .select(['id', 'seq'])
        .where('id', 'in', spaceIds)
        .execute()
      for (const { id, seq } of spaces) this.#tell(id, seq)
    } catch (error) {
      this.#options.log.debug({ err: error }, 'spaces could not be watched')
    }
    this.#pollIn(pollMs)
  }

  #tell(spaceId: SpaceId, seq: number): void {
    for (const follower of this.#followers.get(spaceId) ?? []) {
      if (follower.toldSeq === seq) continue
      follower.toldSeq = seq
      follower.tell(seq)
    }
  }
}
