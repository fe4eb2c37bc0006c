import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { openTestDatabase } from '../../../testing/test-database.ts'
import type { Database } from './database.ts'
import { CommitOutcomeUnknownError } from './database-errors.ts'
import { withCommit, withNext } from './marked-statements.ts'
import { inTransaction } from './transaction.ts'

async function openNumbers() {
  const opened = await openTestDatabase()
  await sql`CREATE TABLE numbers (value int PRIMARY KEY)`.execute(opened.database.kysely)
  return opened
}

async function listNumbers({ kysely }: Database): Promise<number[]> {
  const { rows } = await sql<{ value: number }>`SELECT value FROM numbers ORDER BY 1`.execute(
    kysely,
  )
  return rows.map(({ value }) => value)
}

test('what a statement that commits did is there for others before its transaction ends', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  const given = await inTransaction(database, async (tx) => {
    await sql`INSERT INTO numbers VALUES (1)`.execute(tx)
    const { rows } = await sql<{ value: number }>`${withCommit}
      INSERT INTO numbers VALUES (2) RETURNING value`.execute(tx)
    assert.deepEqual(await listNumbers(database), [1, 2])
    return rows
  })
  assert.deepEqual(given, [{ value: 2 }])
  // The connections are as good as before.
  await inTransaction(database, (tx) => sql`INSERT INTO numbers VALUES (3)`.execute(tx))
  assert.deepEqual(await listNumbers(database), [1, 2, 3])
})

test('where a statement that commits fails, nothing of its transaction is kept', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  await assert.rejects(
    inTransaction(database, async (tx) => {
      await sql`INSERT INTO numbers VALUES (1)`.execute(tx)
      await sql`${withCommit} INSERT INTO numbers VALUES (1)`.execute(tx)
    }),
    (error) => error instanceof pg.DatabaseError && error.code === '23505',
  )
  assert.deepEqual(await listNumbers(database), [])
})

test('behind a statement that commits nothing more is taken', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  await assert.rejects(
    inTransaction(database, async (tx) => {
      await sql`${withCommit} INSERT INTO numbers VALUES (1)`.execute(tx)
      await sql`INSERT INTO numbers VALUES (2)`.execute(tx)
    }),
    /committed already/,
  )
  assert.deepEqual(await listNumbers(database), [1])
})

test('a connection that breaks under a statement that commits leaves open whether it did', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  const breaking = inTransaction(database, async (tx) => {
    await sql`INSERT INTO numbers VALUES (1)`.execute(tx)
    await sql`${withCommit} SELECT pg_terminate_backend(pg_backend_pid())`.execute(tx)
  })
  await assert.rejects(breaking, CommitOutcomeUnknownError)
})

test('what nobody waits for is sent with the next statement, in its order', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  const seen = await inTransaction(database, async (tx) => {
    await sql`${withNext} INSERT INTO numbers VALUES (${1})`.execute(tx)
    await sql`${withNext} UPDATE numbers SET value = value + ${1}`.execute(tx)
    const { rows } = await sql`SELECT value FROM numbers`.execute(tx)
    await sql`${withNext} INSERT INTO numbers VALUES (${3})`.execute(tx)
    return rows
  })
  assert.deepEqual(seen, [{ value: 2 }])
  assert.deepEqual(await listNumbers(database), [2, 3])
})

test('what nobody waits for fails the statement that it is sent with, and all of its transaction', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  const isDuplicate = (error: unknown) =>
    error instanceof pg.DatabaseError && error.code === '23505'
  const endings = {
    statement: sql`SELECT 1`,
    'last statement': sql`${withCommit} SELECT 1`,
    commit: sql`${withNext} SELECT 1`,
  }
  for (const [name, ending] of Object.entries(endings)) {
    await assert.rejects(
      inTransaction(database, async (tx) => {
        await sql`INSERT INTO numbers VALUES (1)`.execute(tx)
        await sql`${withNext} INSERT INTO numbers VALUES (${1})`.execute(tx)
        await sql`${withNext} INSERT INTO numbers VALUES (${2})`.execute(tx)
        await ending.execute(tx)
      }),
      isDuplicate,
      name,
    )
    assert.deepEqual(await listNumbers(database), [], name)
  }
})

test('what cannot be sent keeps what is behind it from being sent, a commit too', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  const unsendable = {
    toPostgres() {
      throw new RangeError('unsendable')
    },
  }
  await assert.rejects(
    inTransaction(database, async (tx) => {
      await sql`${withNext} INSERT INTO numbers VALUES (1)`.execute(tx)
      await sql`${withNext} INSERT INTO numbers VALUES (${unsendable})`.execute(tx)
      await sql`${withCommit} INSERT INTO numbers VALUES (2)`.execute(tx)
    }),
    RangeError,
  )
  assert.deepEqual(await listNumbers(database), [])
})

test('a lock that is not to be had in time, before the commit of the same message, is no doubt about it', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  await sql`INSERT INTO numbers VALUES (1)`.execute(database.kysely)
  await inTransaction(database, async (other) => {
    await sql`SELECT FROM numbers FOR UPDATE`.execute(other)
    await assert.rejects(
      inTransaction(database, async (tx) => {
        await sql`${withNext} SELECT set_config('lock_timeout', '10', true)`.execute(tx)
        await sql`${withNext} UPDATE numbers SET value = ${2}`.execute(tx)
        await sql`${withCommit} SELECT 1`.execute(tx)
      }),
      (error) => error instanceof pg.DatabaseError && error.code === '55P03',
    )
  })
  assert.deepEqual(await listNumbers(database), [1])
})

test('of a transaction that asks nothing, nothing is sent', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  await inTransaction(database, async () => undefined)
  await assert.rejects(
    inTransaction(database, async (tx) => {
      await sql`${withNext} INSERT INTO numbers VALUES (1)`.execute(tx)
      throw new RangeError('changed its mind')
    }),
    RangeError,
  )
  assert.deepEqual(await listNumbers(database), [])
})

test('outside of a transaction a mark means nothing', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  await sql`${withNext} INSERT INTO numbers VALUES (1)`.execute(database.kysely)
  await sql`${withCommit} INSERT INTO numbers VALUES (2)`.execute(database.kysely)
  assert.deepEqual(await listNumbers(database), [1, 2])
})
