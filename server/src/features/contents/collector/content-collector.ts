import { sql } from 'kysely'
import type { Logger } from 'pino'
import { PeriodicWork } from '#platform/periodic-work.ts'
import type { ContentKeys } from '../content-keys.ts'
import { collectContents, collectDrafts, collectManifests } from './collect-contents.ts'
import {
  collectChunks,
  deletePacks,
  deleteStrayPacks,
  noteUnusedPacks,
  type PackCollectOptions,
} from './collect-packs.ts'
import { repack } from './repacker.ts'
import { scrub } from './scrubber.ts'

export interface ContentCollectorOptions extends PackCollectOptions {
  readonly keys: ContentKeys
  readonly log: Logger
  /** Between two collections. Default an hour. */
  readonly collectEveryMs?: number
}

/** What one collection did. */
export interface Collected {
  readonly contents: number
  readonly chunks: number
  readonly packs: number
}

const defaultIntervalMs = 3_600_000
/** Between two looks at everything that is stored. */
const strayIntervalMs = 24 * 3_600_000
/** Each pack is read again after so long. */
const scrubAllMs = 100 * 24 * 3_600_000
/** Of the advisory lock; any number that nothing else takes. */
const lockKey = 7_263_001

/**
 * Removes the bytes that nothing names and nobody leases. One process at a time does it. Each step only
 * makes the next one possible, and may be repeated: a crash in between costs nothing but time.
 */
export class ContentCollector implements AsyncDisposable {
  readonly #options: ContentCollectorOptions
  readonly #rounds: PeriodicWork
  #strayLookDueMs = 0

  constructor(options: ContentCollectorOptions) {
    this.#options = options
    this.#rounds = new PeriodicWork(options.log, 'the collection was put off')
  }

  /** Begins to collect, now and then again and again. */
  start(): void {
    const run = () => this.#collectAndTell()
    this.#rounds.enqueue(run)
    this.#rounds.every(this.#intervalMs, run)
  }

  /** Collects what can be collected now; nothing while another process does it. */
  async collect(): Promise<Collected> {
    const { db } = this.#options
    return db.kysely.connection().execute(async (leader) => {
      const { rows } = await sql<{ is_leader: boolean }>`
        SELECT pg_try_advisory_lock(${lockKey}) AS is_leader`.execute(leader)
      if (!rows[0]?.is_leader) return { contents: 0, chunks: 0, packs: 0 }
      try {
        return await this.#collectAll()
      } finally {
        await sql`SELECT pg_advisory_unlock(${lockKey})`.execute(leader)
      }
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#rounds[Symbol.asyncDispose]()
  }

  get #intervalMs(): number {
    return this.#options.collectEveryMs ?? defaultIntervalMs
  }

  async #collectAll(): Promise<Collected> {
    const contents = await collectContents(this.#options)
    await collectDrafts(this.#options)
    await collectManifests(this.#options)
    const chunks = await collectChunks(this.#options)
    await noteUnusedPacks(this.#options)
    const packs = (await deletePacks(this.#options)) + (await this.#deleteStrays())
    await this.#scrubSome()
    // Last, as it writes: on a full disk everything else goes on, and makes room.
    await repack(this.#options)
    return { contents, chunks, packs }
  }

  /** A hundredth of all packs a day. */
  async #scrubSome(): Promise<void> {
    const { db, clock, log } = this.#options
    const { count } = await db.kysely
      .selectFrom('packs')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    const maxPacks = Math.ceil((count * this.#intervalMs) / scrubAllMs)
    const before = new Date(clock.now().getTime() - scrubAllMs)
    const { damaged } = await scrub(this.#options, { maxPacks, before })
    if (damaged.length > 0) log.error({ damaged }, 'stored bytes are damaged')
  }

  async #deleteStrays(): Promise<number> {
    const nowMs = this.#options.clock.now().getTime()
    if (nowMs < this.#strayLookDueMs) return 0
    const count = await deleteStrayPacks(this.#options)
    this.#strayLookDueMs = nowMs + strayIntervalMs
    return count
  }

  async #collectAndTell(): Promise<void> {
    const collected = await this.collect()
    if (collected.contents + collected.chunks + collected.packs > 0)
      this.#options.log.info(collected, 'contents collected')
  }
}
