import { Kysely } from 'kysely'
import type { PoolClient } from 'pg'
import type { Database } from '#platform/db/database.ts'
import { CommitOutcomeUnknownError } from '#platform/db/database-errors.ts'
import { unmarked } from '#platform/db/marked-statements.ts'
import { HonestPostgresDialect } from '#platform/db/postgres-dialect.ts'
import type { Schema } from '#platform/db/schema.ts'
import { Slots } from '#platform/db/slots.ts'

const MAX_TRANSACTIONS = 12

/** What becomes of a statement: it may fail, or its process die, before or after it was run. */
export type Fate = 'run' | 'fail_before' | 'fail_after' | 'die_before' | 'die_after'

/**
 * The database as a server process has it that may die at any statement: from then on nothing is ever
 * answered, and PostgreSQL rolls back what was not committed. Its process is opened anew on `base`.
 */
export class MortalDatabase {
  readonly died: Promise<void>
  readonly database: Database
  readonly #base: Database
  readonly #fate: () => Fate
  readonly #clients = new Set<PoolClient>()
  #isDead = false
  #tellDeath!: () => void

  constructor(base: Database, fate: () => Fate) {
    this.#base = base
    this.#fate = fate
    this.died = new Promise((resolve) => (this.#tellDeath = resolve))
    const pool = { connect: () => this.#connect(), end: async () => undefined, options: {} }
    const kysely = new Kysely<Schema>({
      dialect: new HonestPostgresDialect({ pool: pool as never }),
    })
    // What died holds its slots for ever: nothing of it may be left to the process that is opened next.
    const transactions = new Slots(MAX_TRANSACTIONS)
    this.database = Object.create(base, {
      kysely: { value: kysely },
      transactions: { value: transactions },
    }) as Database
  }

  get isDead(): boolean {
    return this.#isDead
  }

  die(): void {
    if (this.#isDead) return
    this.#isDead = true
    for (const client of this.#clients) client.release(true)
    this.#clients.clear()
    this.#tellDeath()
  }

  async #connect(): Promise<unknown> {
    if (this.#isDead) return never()
    const client = await this.#base.pool.connect()
    if (this.#isDead) {
      client.release()
      return never()
    }
    this.#clients.add(client)
    return {
      query: (...args: unknown[]) => this.#query(client, args),
      release: (isBroken?: boolean) => this.#release(client, isBroken ?? false),
    }
  }

  async #query(client: PoolClient, args: unknown[]): Promise<unknown> {
    if (this.#isDead) return never()
    if (!this.#clients.has(client)) throw brokenConnection()
    const fate = this.#fate()
    if (fate === 'die_before') return this.#dieNow()
    if (fate === 'fail_before') return this.#break(client, args[0])
    const result = await (client.query as (...all: unknown[]) => Promise<unknown>)(...args)
    if (this.#isDead) return never()
    if (fate === 'die_after') return this.#dieNow()
    return fate === 'fail_after' ? this.#break(client, args[0]) : result
  }

  #dieNow(): Promise<never> {
    this.die()
    return never()
  }

  #break(client: PoolClient, statement: unknown): never {
    this.#release(client, true)
    throw commits(statement)
      ? new CommitOutcomeUnknownError(brokenConnection())
      : brokenConnection()
  }

  #release(client: PoolClient, isBroken: boolean): void {
    if (this.#clients.delete(client)) client.release(isBroken)
  }
}

/** Whether nobody knows, where the connection breaks under a statement, if its transaction was committed. */
function commits(statement: unknown): boolean {
  if (typeof statement !== 'string') return false
  return statement === 'commit' || unmarked(statement).mark === 'withCommit'
}

function never(): Promise<never> {
  return new Promise(() => undefined)
}

function brokenConnection(): Error {
  return new Error('Connection terminated unexpectedly')
}
