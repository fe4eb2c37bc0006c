import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import pg from 'pg'
import { openTestDatabase } from '../../../testing/test-database.ts'
import type { Database } from './database.ts'
import { CommitOutcomeUnknownError } from './database-errors.ts'
import { withCommit } from './marked-statements.ts'
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
