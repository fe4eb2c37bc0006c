import { createHash, randomInt } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { pino } from 'pino'
import { type Database, openDatabase } from '#platform/db/database.ts'
import { dumpSchema } from '#platform/db/dump-schema.ts'
import {
  type EmbeddedPostgres,
  openEmbeddedPostgres,
} from '#platform/db/embedded-postgres/embedded-postgres.ts'
import { findScratchParent } from '#platform/db/embedded-postgres/testing/find-scratch-parent.ts'
import { migrate } from '#platform/db/migrate.ts'
import { migrations } from '#platform/db/migrations/index.ts'

/** A migrated database of its own for one test; dropped when it is disposed of. */
export interface TestDatabase extends AsyncDisposable {
  /** For `openDatabase`; the URL also for another process. */
  readonly config: { readonly kind: 'url'; readonly url: string }
  readonly database: Database
}

/** Of advisory locks in the database that `DATABASE_URL` names. */
const TEMPLATE_LOCK = 0x74_65_6d_70
/** With a process's token as second key: held while that process lives. */
const PROCESS_LOCK = 0x74_65_73_74
/** With part of a template's hash as second key: held, shared, by who clones from it. */
const TEMPLATE_USE_LOCK = 0x74_6d_70_6c

const TEMPLATE_PREFIX = 'cloudsync_template_'

const MAX_CONNECTIONS = 10

const LONGEST_FAREWELL_MS = 5_000

const log = pino({ level: 'silent' })

/**
 * Clones the migrated template (0.1 s). The server is that of `DATABASE_URL`; when that is unset, a
 * private one which all test processes of this user share, and which the last of them takes away.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = await getTestServer()
  return server.clone(await server.ensureTemplate())
}

/** A database without any table, to test migrations with. */
export async function openEmptyTestDatabase(): Promise<TestDatabase> {
  const server = await getTestServer()
  return server.clone('template0')
}

/** What the migrations make, as `schema.sql` records it. */
export async function dumpMigratedSchema(): Promise<string> {
  await using db = await openTestDatabase()
  const client = await db.database.pool.connect()
  try {
    return await dumpSchema(client)
  } finally {
    client.release(true)
  }
}

/** Keeps the shared server between test files: for whoever runs many of them one after the other. */
export async function holdTestServer(): Promise<AsyncDisposable> {
  return getDatabaseUrl() === undefined
    ? await openTestCluster()
    : { [Symbol.asyncDispose]: async () => {} }
}

let sharedServer: Promise<TestServer> | undefined

function getTestServer(): Promise<TestServer> {
  sharedServer ??= openTestServer()
  return sharedServer
}

async function openTestServer(): Promise<TestServer> {
  const url = getDatabaseUrl()
  const cluster = url === undefined ? await openTestCluster() : undefined
  const server = new TestServer(url ?? urlOf(cluster), cluster)
  // Nothing of it keeps the process alive. When nothing else does either, the tests are over.
  process.once('beforeExit', () => void server[Symbol.asyncDispose]())
  await server.open()
  return server
}

async function openTestCluster(): Promise<EmbeddedPostgres> {
  const dataDir = join(await findScratchParent(), `cloudsync-test-${process.getuid?.() ?? ''}`)
  return openEmbeddedPostgres({ dataDir, log, ephemeral: true })
}

function getDatabaseUrl(): string | undefined {
  return process.env['DATABASE_URL'] || undefined
}

function urlOf(cluster: EmbeddedPostgres | undefined): string {
  if (cluster === undefined) throw new TypeError('neither DATABASE_URL nor a cluster of our own')
  const { host, port, user, database } = cluster.clientConfig
  return `postgresql://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}&sslmode=disable`
}

/** One process's access to the server with its test databases. */
class TestServer implements AsyncDisposable {
  readonly #url: string
  readonly #cluster: EmbeddedPostgres | undefined
  /**
   * One session, which holds this process's locks. It does not keep the process alive while idle.
   */
  readonly #admin: pg.Pool
  /** Databases are named after it, and belong to nobody when nobody holds its lock. */
  readonly #token = randomInt(2 ** 31 - 1)
  #count = 0
  #template: Promise<string> | undefined

  constructor(url: string, cluster: EmbeddedPostgres | undefined) {
    this.#url = url
    this.#cluster = cluster
    this.#admin = new pg.Pool({
      connectionString: url,
      max: 1,
      idleTimeoutMillis: 0,
      allowExitOnIdle: true,
    })
    this.#admin.on('error', () => undefined)
  }

  async open(): Promise<void> {
    await this.#admin.query('SELECT pg_advisory_lock($1, $2)', [PROCESS_LOCK, this.#token])
    await this.#dropAbandoned()
  }

  async clone(template: string): Promise<TestDatabase> {
    const name = `cloudsync_test_${this.#token}_${this.#count++}`
    // Without fsync copying files is faster than writing them to the log.
    const strategy = this.#cluster === undefined ? '' : 'STRATEGY file_copy'
    await this.#admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} ${strategy}`)
    const config = { kind: 'url', url: this.#urlFor(name) } as const
    const database = await openDatabase(config, log, { maxConnections: MAX_CONNECTIONS })
    return {
      config,
      database,
      [Symbol.asyncDispose]: async () => {
        await database[Symbol.asyncDispose]()
        await this.#admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      },
    }
  }

  ensureTemplate(): Promise<string> {
    this.#template ??= this.#makeTemplate()
    return this.#template
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What is left to wait for does not keep the process alive.
    const keepAlive = setInterval(() => undefined, 60_000)
    try {
      // The process is about to end, and its sessions with it.
      await Promise.race([this.#admin.end(), pause(LONGEST_FAREWELL_MS, undefined, { ref: false })])
      await this.#cluster?.[Symbol.asyncDispose]()
    } finally {
      clearInterval(keepAlive)
    }
  }

  /** One process makes it, the others wait. Made under another name: a half-made one is never used. */
  async #makeTemplate(): Promise<string> {
    const hash = createHash('sha256').update(JSON.stringify(migrations)).digest()
    const name = `${TEMPLATE_PREFIX}${hash.readUInt32BE() & 0x7fffffff}`
    await this.#admin.query('SELECT pg_advisory_lock($1, 0)', [TEMPLATE_LOCK])
    try {
      await this.#dropUnusedTemplates(name)
      await this.#admin.query('SELECT pg_advisory_lock_shared($1, $2)', [
        TEMPLATE_USE_LOCK,
        numberAtEnd(name),
      ])
      if ((await this.#listDatabases(name)).includes(name)) return name
      const unfinished = 'cloudsync_unfinished_template'
      await this.#admin.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`)
      await this.#admin.query(`CREATE DATABASE ${unfinished} TEMPLATE template0`)
      const clientConfig = { connectionString: this.#urlFor(unfinished) }
      await migrate({ clientConfig }, migrations, log)
      await this.#admin.query(`ALTER DATABASE ${unfinished} RENAME TO ${name}`)
      return name
    } finally {
      await this.#admin.query('SELECT pg_advisory_unlock($1, 0)', [TEMPLATE_LOCK])
    }
  }

  /** Those of killed processes. */
  async #dropAbandoned(): Promise<void> {
    for (const name of await this.#listDatabases('cloudsync_test_'))
      await this.#dropUnlessLocked(name, PROCESS_LOCK, Number(name.split('_')[2]))
  }

  /** Those of migrations that have changed since. */
  async #dropUnusedTemplates(current: string): Promise<void> {
    for (const name of await this.#listDatabases(TEMPLATE_PREFIX))
      if (name !== current) await this.#dropUnlessLocked(name, TEMPLATE_USE_LOCK, numberAtEnd(name))
  }

  async #dropUnlessLocked(name: string, lock: number, key: number): Promise<void> {
    const result = await this.#admin.query<{ isFree: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS "isFree"',
      [lock, key],
    )
    if (result.rows[0]?.isFree !== true) return
    await this.#admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    await this.#admin.query('SELECT pg_advisory_unlock($1, $2)', [lock, key])
  }

  async #listDatabases(prefix: string): Promise<string[]> {
    const sql = 'SELECT datname FROM pg_database WHERE starts_with(datname, $1)'
    const result = await this.#admin.query<{ datname: string }>(sql, [prefix])
    return result.rows.map(({ datname }) => datname)
  }

  #urlFor(database: string): string {
    const url = new URL(this.#url)
    url.pathname = `/${database}`
    return url.href
  }
}

function numberAtEnd(name: string): number {
  return Number(name.slice(name.lastIndexOf('_') + 1))
}
