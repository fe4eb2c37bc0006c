import { setTimeout as pause } from 'node:timers/promises'
import { Kysely } from 'kysely'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { type DatabaseClientConfig, openPool } from './connection-pool.ts'
import { isUnavailable } from './database-errors.ts'
import {
  type EmbeddedPostgres,
  openEmbeddedPostgres,
} from './embedded-postgres/embedded-postgres.ts'
import { ping } from './ping.ts'
import { HonestPostgresDialect } from './postgres-dialect.ts'
import type { Schema } from './schema.ts'
import { Slots } from './slots.ts'

export type DatabaseConfig =
  /** A private PostgreSQL with its data below `dataDir`. */
  | { readonly kind: 'embedded'; readonly dataDir: string }
  /** Any PostgreSQL 14 or newer. */
  | { readonly kind: 'url'; readonly url: string }

/** `restarting`: the embedded PostgreSQL is being brought back. */
export type DatabaseState = 'ready' | 'restarting' | 'stopped'

export interface Database extends AsyncDisposable {
  readonly kysely: Kysely<Schema>
  /** How many transactions run at a time: some connections are left to those who only read. */
  readonly transactions: Slots
  /** For what Kysely is no help with. Its users never end it. */
  readonly pool: pg.Pool
  /** For connections of one's own, in a worker thread for example (`openPool`). */
  readonly clientConfig: DatabaseClientConfig
  readonly state: DatabaseState
  /** Whether it answers now, over a new connection, in 2 seconds. Calls at the same time share one. */
  isReachable(): Promise<boolean>
}

export interface DatabaseOptions {
  readonly metrics?: Registry
  /** Of the pool. Default 20. */
  readonly maxConnections?: number
  /** How long a server at `url` may take to appear. Default 30 s: it may be starting beside us. */
  readonly connectTimeoutMs?: number
}

const OLDEST_VERSION = 14
const DEFAULT_CONNECT_TIMEOUT_MS = 30_000
const CONNECT_RETRY_DELAY_MS = 250
/** Of the connections: transactions wait for one another, and who reads would wait with them. */
const WRITING_SHARE = 0.6
const DRAIN_TIMEOUT_MS = 5_000

/** The database cannot be used as it is. The message is for the person who starts the server. */
class DatabaseUnusableError extends Error {
  override readonly name = 'DatabaseUnusableError'
}

/** Does not migrate (see `migrate.ts`). Throws `DatabaseUnusableError` or `EmbeddedPostgresError`. */
export async function openDatabase(
  config: DatabaseConfig,
  log: Logger,
  options: DatabaseOptions = {},
): Promise<Database> {
  await using stack = new AsyncDisposableStack()
  let embedded: EmbeddedPostgres | undefined
  let clientConfig: DatabaseClientConfig
  if (config.kind === 'embedded') {
    embedded = stack.use(await openEmbeddedPostgres({ dataDir: config.dataDir, log }))
    clientConfig = embedded.clientConfig
  } else clientConfig = { connectionString: config.url }
  const pool = openPool(clientConfig, log, options)
  stack.defer(() => drain(pool, log))
  await checkServer(pool, log, options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS)
  return new OpenDatabase(clientConfig, pool, embedded, stack.move())
}

class OpenDatabase implements Database {
  readonly kysely: Kysely<Schema>
  readonly pool: pg.Pool
  readonly transactions: Slots
  readonly clientConfig: DatabaseClientConfig
  readonly #embedded: EmbeddedPostgres | undefined
  readonly #resources: AsyncDisposableStack
  #ping: Promise<boolean> | undefined

  constructor(
    clientConfig: DatabaseClientConfig,
    pool: pg.Pool,
    embedded: EmbeddedPostgres | undefined,
    resources: AsyncDisposableStack,
  ) {
    this.kysely = new Kysely<Schema>({ dialect: new HonestPostgresDialect({ pool }) })
    this.pool = pool
    this.transactions = new Slots(Math.max(1, Math.floor(pool.options.max * WRITING_SHARE)))
    this.clientConfig = clientConfig
    this.#embedded = embedded
    this.#resources = resources
  }

  get state(): DatabaseState {
    if (this.#resources.disposed) return 'stopped'
    return this.#embedded?.state ?? 'ready'
  }

  async isReachable(): Promise<boolean> {
    if (this.state !== 'ready') return false
    this.#ping ??= ping(this.clientConfig)
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        this.#ping = undefined
      })
    return this.#ping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources[Symbol.asyncDispose]()
  }
}

export interface ServerFacts {
  /** As `server_version_num`: 180004 is 18.4. */
  readonly version: number
  readonly encoding: string
  readonly isStandby: boolean
  readonly fsync: string
  readonly synchronousCommit: string
}

/** What makes a server unusable for us, if anything. */
export function findServerProblem(facts: ServerFacts): string | undefined {
  const version = Math.floor(facts.version / 10_000)
  if (version < OLDEST_VERSION)
    return `The database is PostgreSQL ${version}; ${OLDEST_VERSION} or newer is needed.`
  if (facts.encoding !== 'UTF8')
    return `The database's encoding is ${facts.encoding}; it has to be UTF8 (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0).`
  if (facts.isStandby) return 'The database is a standby, which takes no writes.'
  return undefined
}

async function checkServer(pool: pg.Pool, log: Logger, timeoutMs: number): Promise<void> {
  const facts = await readServerFacts(pool, log, timeoutMs)
  const problem = findServerProblem(facts)
  if (problem !== undefined) throw new DatabaseUnusableError(problem)
  const { fsync, synchronousCommit } = facts
  if (fsync === 'off' || synchronousCommit === 'off')
    log.warn(
      { fsync, synchronousCommit },
      'The database does not wait for its disk: what is acknowledged may be lost in a crash',
    )
}

async function readServerFacts(
  pool: pg.Pool,
  log: Logger,
  timeoutMs: number,
): Promise<ServerFacts> {
  const deadline = performance.now() + timeoutMs
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await pool.query<ServerFacts>(
        `SELECT current_setting('server_version_num')::int AS version,
                current_setting('server_encoding') AS encoding,
                pg_is_in_recovery() AS "isStandby",
                current_setting('fsync') AS fsync,
                current_setting('synchronous_commit') AS "synchronousCommit"`,
      )
      const facts = result.rows[0]
      if (facts === undefined) throw new Error('a SELECT without FROM gave no row')
      return facts
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (!isUnavailable(error) || performance.now() > deadline)
        throw new DatabaseUnusableError(`The database cannot be used: ${reason}`, { cause: error })
      if (attempt === 1) log.warn({ reason }, 'Waiting for the database')
      await pause(CONNECT_RETRY_DELAY_MS)
    }
  }
}

/** Waits for what is still running, but not for a connection that nobody gives back. */
async function drain(pool: pg.Pool, log: Logger): Promise<void> {
  const timeout = new AbortController()
  const isDrained = await Promise.race([
    pool.end().then(() => true),
    pause(DRAIN_TIMEOUT_MS, false, { signal: timeout.signal }).catch(() => false),
  ])
  timeout.abort()
  if (!isDrained) log.warn('The database is closed while connections are still in use')
}
