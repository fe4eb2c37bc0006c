import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kysely, sql, type Transaction } from 'kysely'
import { openTestDatabase } from '../../../testing/test-database.ts'
import type { Database } from './database.ts'
import { CommitOutcomeUnknownError } from './database-errors.ts'
import type { Schema } from './schema.ts'
import { inTransaction } from './transaction.ts'

async function makeAccounts({ kysely }: Database): Promise<void> {
  await sql`CREATE TABLE accounts (id int PRIMARY KEY, amount int NOT NULL)`.execute(kysely)
  await sql`INSERT INTO accounts VALUES (1, 0), (2, 0)`.execute(kysely)
}

function add(tx: Kysely<Schema>, id: number, amount: number) {
  return sql`UPDATE accounts SET amount = amount + ${amount} WHERE id = ${id}`.execute(tx)
}

async function readAmounts({ kysely }: Database): Promise<number[]> {
  const query = sql<{ amount: number }>`SELECT amount FROM accounts ORDER BY id`
  return (await query.execute(kysely)).rows.map(({ amount }) => amount)
}

/** Resolves for all when this many wait. */
function makeMeeting(size: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let waiting = 0
  return () => {
    if (++waiting === size) resolve()
    return promise
  }
}

test('what a transaction did is there when it resolves, and not when it throws', async () => {
  await using db = await openTestDatabase()
  await makeAccounts(db.database)
  assert.equal(
    await inTransaction(db.database, async (tx) => add(tx, 1, 5).then(() => 'done')),
    'done',
  )
  const failure = new Error('changed my mind')
  const failing = inTransaction(db.database, async (tx) => {
    await add(tx, 1, 5)
    throw failure
  })
  await assert.rejects(failing, failure)
  assert.deepEqual(await readAmounts(db.database), [5, 0])
})

test('of two transactions in a deadlock both succeed in the end', async () => {
  await using db = await openTestDatabase()
  await makeAccounts(db.database)
  const bothHoldOne = makeMeeting(2)
  let runs = 0
  const transfer = (from: number, to: number) =>
    inTransaction(db.database, async (tx) => {
      runs++
      await add(tx, from, -1)
      await bothHoldOne()
      await add(tx, to, 1)
    })
  await Promise.all([transfer(1, 2), transfer(2, 1)])
  assert.deepEqual(await readAmounts(db.database), [0, 0])
  assert.equal(runs, 3)
})

test('a serialization failure is retried, and not for ever', async () => {
  await using db = await openTestDatabase()
  await makeAccounts(db.database)
  let runs = 0
  const losing = inTransaction(
    db.database,
    async (tx) => {
      runs++
      await sql`SELECT FROM accounts`.execute(tx)
      // Somebody else is faster each time.
      await add(db.database.kysely, 1, 1)
      await add(tx, 1, 1)
    },
    { isolation: 'repeatable read', attempts: 3 },
  )
  await assert.rejects(losing, { code: '40001' })
  assert.equal(runs, 3)
  assert.deepEqual(await readAmounts(db.database), [3, 0])
})

test('other failures are not retried', async () => {
  await using db = await openTestDatabase()
  let runs = 0
  const failing = inTransaction(db.database, async (tx) => {
    runs++
    await sql`SELECT 1 / 0`.execute(tx)
  })
  await assert.rejects(failing, { code: '22012' })
  assert.equal(runs, 1)
})

test('a failure that was swallowed inside does not pass for a commit', async () => {
  await using db = await openTestDatabase()
  await makeAccounts(db.database)
  const swallowing = inTransaction(db.database, async (tx) => {
    await add(tx, 1, 5)
    await sql`SELECT 1 / 0`.execute(tx).catch(() => undefined)
  })
  await assert.rejects(swallowing, /rolled back instead of committed/)
  assert.deepEqual(await readAmounts(db.database), [0, 0])
})

test('a connection that breaks during the commit leaves the outcome unknown, and says so', async () => {
  await using db = await openTestDatabase()
  await sql`
    CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END$$;
    CREATE TABLE cut (id int);
    CREATE CONSTRAINT TRIGGER cut_off_at_commit AFTER INSERT ON cut
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut_off()`.execute(
    db.database.kysely,
  )
  const cut = inTransaction(db.database, async (tx) => {
    await sql`INSERT INTO cut VALUES (1)`.execute(tx)
  })
  await assert.rejects(cut, CommitOutcomeUnknownError)
  await db.database.pool.query('SELECT')
})

test('a connection that breaks before the commit is told as what it is', async () => {
  await using db = await openTestDatabase()
  const cut = inTransaction(db.database, async (tx) => {
    await sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(tx)
  })
  await assert.rejects(cut, { code: '57P01' })
})

test('the handle is dead after its transaction', async () => {
  await using db = await openTestDatabase()
  let escaped: Transaction<Schema> | undefined
  await inTransaction(db.database, async (tx) => {
    escaped = tx
  })
  assert(escaped)
  await assert.rejects(sql`SELECT`.execute(escaped), /already committed/)
})

test('it is a type error to return the handle, or a query that was not executed', async () => {
  await using db = await openTestDatabase()
  const { database } = db
  // @ts-expect-error the handle itself
  await inTransaction(database, async (tx) => tx)
  // @ts-expect-error the handle in an object
  await inTransaction(database, async (tx) => ({ tx, answer: 42 }))
  // @ts-expect-error a query without execute()
  await inTransaction(database, async (tx) => tx.selectFrom('users').selectAll())
  const users = await inTransaction(database, (tx) => tx.selectFrom('users').selectAll().execute())
  assert.deepEqual(users, [])
})
