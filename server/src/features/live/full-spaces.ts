import type { SpaceId } from '@cloudsync/protocol'
import {
  isClosedToTyping,
  listSpacesClosedToTyping,
  type SpaceUsage,
} from '#features/spaces/index.ts'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { Schema } from '#platform/db/schema.ts'

export interface FullSpacesOptions {
  readonly db: Kysely<Schema>
  readonly log: Logger
}

/** How often the database is asked whether there is room again; not at all while no space is full. */
const lookMs = 5_000

/**
 * The spaces whose texts take no more edits, as far as this server knows: it is told by each touch of an
 * edited text, and asks from time to time for those that are full. So a keystroke costs a look at a set.
 */
export class FullSpaces implements Disposable {
  readonly #options: FullSpacesOptions
  readonly #full = new Set<SpaceId>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: FullSpacesOptions) {
    this.#options = options
  }

  has(spaceId: SpaceId): boolean {
    return this.#full.has(spaceId)
  }

  note(spaceId: SpaceId, usage: SpaceUsage): void {
    if (!isClosedToTyping(usage)) this.#full.delete(spaceId)
    else {
      this.#full.add(spaceId)
      this.#watch()
    }
  }

  /** Asks the database now. */
  async look(): Promise<void> {
    const closed = new Set(await listSpacesClosedToTyping(this.#options.db, [...this.#full]))
    for (const spaceId of this.#full) if (!closed.has(spaceId)) this.#full.delete(spaceId)
    if (this.#full.size === 0) this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #watch(): void {
    if (this.#timer) return
    const look = () =>
      this.look().catch((error: unknown) =>
        this.#options.log.warn({ err: error }, 'nobody knows whether full spaces have room again'),
      )
    this.#timer = setInterval(() => void look(), lookMs)
    this.#timer.unref()
  }
}
