import pg from 'pg'
import type { Logger } from 'pino'
import type { DatabaseClientConfig } from './connection-pool.ts'

export interface Migration {
  /** Dense, from 1. */
  readonly number: number
  readonly name: string
  /** Statements, run in one transaction; none that ends it, and none that needs to be outside. */
  readonly sql: string
}

/** The database and the code do not fit together. The message is for the person who starts the server. */
class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/** Of the session's advisory lock. */
const MIGRATION_LOCK = 0x6d_69_67_72

/**
 * Brings the database to the last migration, each in a transaction of its own together with the row
 * that records it. Any number of servers may call it at once: one works, the others wait for it.
 * Throws a `MigrationError` when the database is ahead of the code or was made by other migrations.
 */
export async function migrate(
  database: { readonly clientConfig: DatabaseClientConfig },
  migrations: readonly Migration[],
  log: Logger,
): Promise<void> {
  checkNumbers(migrations)
  const client = new pg.Client({ ...database.clientConfig, application_name: 'cloudsync migrate' })
  // A broken connection fails the statement that is under way.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
    await client.query(`CREATE TABLE IF NOT EXISTS schema_migrations (
      number integer PRIMARY KEY,
      name text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`)
    const applied = await readApplied(client)
    checkApplied(applied, migrations)
    for (const migration of migrations.slice(applied.length)) await apply(client, migration, log)
  } finally {
    // Ends the session, and so the lock.
    await client.end()
  }
}

type AppliedMigration = Pick<Migration, 'number' | 'name'>

async function readApplied(client: pg.Client): Promise<AppliedMigration[]> {
  const sql = 'SELECT number, name FROM schema_migrations ORDER BY number'
  return (await client.query<AppliedMigration>(sql)).rows
}

function checkNumbers(migrations: readonly Migration[]): void {
  const wrong = migrations.find((migration, index) => migration.number !== index + 1)
  if (wrong !== undefined)
    throw new MigrationError(
      `Migration ${wrong.number} (${wrong.name}) is out of place: they are numbered from 1 without gaps.`,
    )
}

function checkApplied(applied: readonly AppliedMigration[], known: readonly Migration[]): void {
  const last = applied.at(-1)
  if (last !== undefined && last.number > known.length)
    throw new MigrationError(
      `The database is at migration ${last.number} (${last.name}), and this version of CloudSync knows ` +
        `${known.length}. Start the newer version; a database does not go back.`,
    )
  for (const [index, migration] of applied.entries()) {
    const expected = known[index]
    if (migration.number === expected?.number && migration.name === expected.name) continue
    throw new MigrationError(
      `The database has migration ${migration.number} (${migration.name}) where this version of CloudSync ` +
        `has ${expected?.number} (${expected?.name}): it was made by another program.`,
    )
  }
}

async function apply(client: pg.Client, migration: Migration, log: Logger): Promise<void> {
  const { number, name, sql } = migration
  const startedAt = performance.now()
  try {
    await client.query('BEGIN')
    await client.query(sql)
    await client.query('INSERT INTO schema_migrations (number, name) VALUES ($1, $2)', [
      number,
      name,
    ])
    await client.query('COMMIT')
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined)
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MigrationError(`Migration ${number} (${name}) failed: ${reason}`, { cause })
  }
  const durationMs = Math.round(performance.now() - startedAt)
  log.info({ migration: number, name, durationMs }, 'Migrated the database')
}
