import { sha256FromBytes, sha256ToBytes, type ContentStore, type Sha256 } from '@cloudsync/storage'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'

export interface ContentCollectorOptions {
  readonly db: Database
  readonly content: ContentStore
  readonly clock: Clock
  readonly log: Logger
}

const intervalMs = 3_600_000
/** Between two looks at everything that is stored. */
const strayIntervalMs = 24 * 3_600_000
/** Bytes without a row are what a crash left; younger ones may be on their way. */
const strayAgeMs = 24 * 3_600_000

/**
 * Removes the bytes that no version names and nobody leases. One process at a time does it.
 *
 * A content is removed while its row is locked: whoever is about to put it waits to lease it, and
 * stores it anew; whoever is about to name it holds a lock on the row, and the content is passed over.
 */
export class ContentCollector implements AsyncDisposable {
  readonly #options: ContentCollectorOptions
  #timer: NodeJS.Timeout | undefined
  #work: Promise<unknown> = Promise.resolve()
  #isClosed = false
  #strayLookDueMs = 0

  constructor(options: ContentCollectorOptions) {
    this.#options = options
  }

  /** Begins to collect, now and then every hour. */
  start(): void {
    if (this.#timer || this.#isClosed) return
    const run = () => {
      this.#work = this.#work.then(() => this.#runQuietly())
    }
    this.#timer = setInterval(run, intervalMs)
    this.#timer.unref()
    run()
  }

  /** Collects what can be collected now; gives how many contents. None while another process does it. */
  async collect(): Promise<number> {
    const { db } = this.#options
    return db.kysely.connection().execute(async (leader) => {
      const { rows } = await sql<{ is_leader: boolean }>`
        SELECT pg_try_advisory_lock(${lockKey}) AS is_leader`.execute(leader)
      if (!rows[0]?.is_leader) return 0
      try {
        return (await this.#collectUnnamed()) + (await this.#collectStrays())
      } finally {
        await sql`SELECT pg_advisory_unlock(${lockKey})`.execute(leader)
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#work
  }

  async #runQuietly(): Promise<void> {
    if (this.#isClosed) return
    try {
      const count = await this.collect()
      if (count > 0) this.#options.log.info({ count }, 'contents collected')
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the collection was put off')
    }
  }

  async #collectUnnamed(): Promise<number> {
    let count = 0
    for (let after: Buffer = Buffer.alloc(0); !this.#isClosed;) {
      const hashes = await this.#listUnnamed(after)
      for (const sha256 of hashes) if (await this.#removeUnnamed(sha256)) count += 1
      after = hashes.at(-1) ?? after
      if (hashes.length < pageSize) break
    }
    return count
  }

  async #listUnnamed(after: Buffer): Promise<Buffer[]> {
    const { rows } = await sql<{ sha256: Buffer }>`
      SELECT sha256 FROM contents WHERE leased_until < ${this.#options.clock.now()}
        AND sha256 > ${after}
        AND NOT EXISTS (SELECT FROM versions WHERE versions.sha256 = contents.sha256)
      ORDER BY sha256 LIMIT ${pageSize}`.execute(this.#options.db.kysely)
    return rows.map((row) => row.sha256)
  }

  #removeUnnamed(sha256: Buffer): Promise<boolean> {
    const { db, content, clock } = this.#options
    return inTransaction(db, async (tx) => {
      const locked = await sql`
        SELECT FROM contents WHERE sha256 = ${sha256} AND leased_until < ${clock.now()}
        FOR UPDATE SKIP LOCKED`.execute(tx)
      if (locked.rows.length === 0) return false
      // Only a statement that begins after the lock is had sees every version that came before it.
      const named = await sql`SELECT FROM versions WHERE sha256 = ${sha256} LIMIT 1`.execute(tx)
      if (named.rows.length > 0) return false
      await content.delete(sha256FromBytes(sha256))
      await sql`DELETE FROM contents WHERE sha256 = ${sha256}`.execute(tx)
      return true
    })
  }

  /** What is stored and has no row. Looks at the whole store, and so only once a day. */
  async #collectStrays(): Promise<number> {
    const { content, clock } = this.#options
    const nowMs = clock.now().getTime()
    if (nowMs < this.#strayLookDueMs) return 0
    let count = 0
    let cursor: string | undefined
    do {
      const page = await content.list(cursor === undefined ? {} : { cursor })
      const old = page.items.filter(({ storedAt }) => storedAt.getTime() < nowMs - strayAgeMs)
      for (const sha256 of await this.#listWithoutRow(old.map((item) => item.sha256)))
        if (await this.#removeStray(sha256)) count += 1
      cursor = page.nextCursor
    } while (cursor !== undefined && !this.#isClosed)
    this.#strayLookDueMs = nowMs + strayIntervalMs
    return count
  }

  async #listWithoutRow(hashes: readonly Sha256[]): Promise<Sha256[]> {
    if (hashes.length === 0) return []
    const { rows } = await sql<{ sha256: Buffer }>`
      SELECT sha256 FROM contents WHERE sha256 = ANY(${hashes.map(sha256ToBytes)}::bytea[])
    `.execute(this.#options.db.kysely)
    const known = new Set(rows.map((row) => sha256FromBytes(row.sha256)))
    return hashes.filter((sha256) => !known.has(sha256))
  }

  /** Under a row of its own, so that whoever puts the content meanwhile waits until it is gone. */
  #removeStray(sha256: Sha256): Promise<boolean> {
    const { db, content } = this.#options
    const bytes = sha256ToBytes(sha256)
    return inTransaction(db, async (tx) => {
      const inserted = await sql`
        INSERT INTO contents (sha256, size_bytes, leased_until) VALUES (${bytes}, 0, '-infinity')
        ON CONFLICT DO NOTHING RETURNING sha256`.execute(tx)
      if (inserted.rows.length === 0) return false
      await content.delete(sha256)
      await sql`DELETE FROM contents WHERE sha256 = ${bytes}`.execute(tx)
      return true
    })
  }
}

const pageSize = 500
/** Of the advisory lock; any number that nothing else takes. */
const lockKey = 7_263_001
