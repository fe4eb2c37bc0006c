import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { pino } from 'pino'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { openDatabase, type Database } from './database.ts'
import { withNext } from './marked-statements.ts'
import { inTransaction } from './transaction.ts'

const log = pino({ level: 'silent' })

/** So often that it is prepared. */
const often = Array.from({ length: 40 }, (_, value) => value)

function findValue({ kysely }: Pick<Database, 'kysely'>, value: number) {
  return sql`SELECT * FROM numbers WHERE value = ${value}`.execute(kysely)
}

/** With one connection, of which the tests tell what is prepared there. */
async function openNumbers() {
  const opened = await openTestDatabase()
  const database = await openDatabase(opened.config, log, { maxConnections: 1 })
  const { kysely } = database
  await sql`CREATE TABLE numbers (value int PRIMARY KEY)`.execute(kysely)
  await sql`INSERT INTO numbers SELECT generate_series(0, 99)`.execute(kysely)
  return {
    database,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]()
      await opened[Symbol.asyncDispose]()
    },
  }
}

async function countPrepared({ kysely }: Database): Promise<number> {
  const { rows } = await sql`SELECT name FROM pg_prepared_statements
    WHERE statement LIKE 'SELECT * FROM numbers%'`.execute(kysely)
  return rows.length
}

test('a statement that is asked all the time is prepared, once in each connection', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  await findValue(database, 0)
  assert.equal(await countPrepared(database), 0)
  for (const value of often) assert.deepEqual((await findValue(database, value)).rows, [{ value }])
  assert.equal(await countPrepared(database), 1)
})

test('a prepared statement whose table was given another column meanwhile is asked all the same', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  for (const value of often) await findValue(database, value)
  await sql`ALTER TABLE numbers ADD COLUMN name text`.execute(database.kysely)
  assert.deepEqual((await findValue(database, 1)).rows, [{ value: 1, name: null }])
  for (const value of often) await findValue(database, value)
  await sql`ALTER TABLE numbers ADD COLUMN size int`.execute(database.kysely)
  let attempts = 0
  const found = await inTransaction(database, async (tx) => {
    attempts += 1
    await sql`INSERT INTO numbers VALUES (100)`.execute(tx)
    return (await findValue({ kysely: tx }, 2)).rows
  })
  assert.deepEqual(found, [{ value: 2, name: null, size: null }])
  assert.equal(attempts, 2, 'the whole transaction ran again')
})

test('a statement that fails for its own reasons fails as ever', async () => {
  await using opened = await openNumbers()
  const { kysely } = opened.database
  const divide = (by: number) => sql`SELECT 1 / ${by}::int AS result`.execute(kysely)
  for (const by of often) if (by > 0) await divide(by)
  await assert.rejects(divide(0), /division by zero/)
  assert.deepEqual((await divide(1)).rows, [{ result: 1 }])
})

test('statements that go together are prepared too, and one that has grown stale runs all of them again', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  const { kysely } = database
  const run = async () => {
    let attempts = 0
    const rows = await inTransaction(database, async (tx) => {
      attempts += 1
      await sql`${withNext} UPDATE numbers SET value = value WHERE value = ${1}`.execute(tx)
      return (await findValue({ kysely: tx }, 2)).rows
    })
    return { attempts, rows }
  }
  for (const _ of often) await run()
  assert.equal(await countPrepared(database), 1)
  await sql`ALTER TABLE numbers ADD COLUMN name text`.execute(kysely)
  assert.deepEqual(await run(), { attempts: 2, rows: [{ value: 2, name: null }] })
})

test('after a group has failed, what it was to prepare is prepared anew', async () => {
  await using opened = await openNumbers()
  const { database } = opened
  const run = (by: number) =>
    inTransaction(database, async (tx) => {
      await sql`${withNext} SELECT 1 / ${by}::int`.execute(tx)
      return (await findValue({ kysely: tx }, 2)).rows
    })
  // Where the first fails, the second is not even parsed.
  for (const _ of often) await assert.rejects(run(0), /division by zero/)
  for (const _ of often) assert.deepEqual(await run(1), [{ value: 2 }])
  assert.equal(await countPrepared(database), 1)
})
