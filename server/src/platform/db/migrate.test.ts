import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { openEmptyTestDatabase, type TestDatabase } from '../../../testing/test-database.ts'
import { migrate, type Migration } from './migrate.ts'

const log = pino({ level: 'silent' })

const first: Migration = {
  number: 1,
  name: 'first',
  sql: 'CREATE TABLE steps (number int); INSERT INTO steps VALUES (1);',
}
const second: Migration = { number: 2, name: 'second', sql: 'INSERT INTO steps VALUES (2)' }
const broken: Migration = {
  number: 3,
  name: 'broken',
  sql: 'INSERT INTO steps VALUES (3); SELECT no_such_function();',
}

async function readSteps({ database }: TestDatabase): Promise<number[]> {
  const { rows } = await database.pool.query('SELECT number FROM steps ORDER BY number')
  return rows.map(({ number }) => number)
}

async function readApplied({ database }: TestDatabase): Promise<string[]> {
  const { rows } = await database.pool.query('SELECT name FROM schema_migrations ORDER BY number')
  return rows.map(({ name }) => name)
}

test('each migration is applied once, whenever it appears', async () => {
  await using db = await openEmptyTestDatabase()
  await migrate(db.database, [first], log)
  await migrate(db.database, [first, second], log)
  await migrate(db.database, [first, second], log)
  assert.deepEqual(await readSteps(db), [1, 2])
  assert.deepEqual(await readApplied(db), ['first', 'second'])
})

test('servers that migrate at the same moment apply each migration once', async () => {
  await using db = await openEmptyTestDatabase()
  const all = [first, second]
  await Promise.all([1, 2, 3, 4].map(() => migrate(db.database, all, log)))
  assert.deepEqual(await readSteps(db), [1, 2])
})

test('a migration that fails leaves nothing of itself, and those before it in place', async () => {
  await using db = await openEmptyTestDatabase()
  await assert.rejects(migrate(db.database, [first, second, broken], log), {
    name: 'MigrationError',
    message: 'Migration 3 (broken) failed: function no_such_function() does not exist',
  })
  assert.deepEqual(await readSteps(db), [1, 2])
  assert.deepEqual(await readApplied(db), ['first', 'second'])
})

test('a database that is newer than the code is refused', async () => {
  await using db = await openEmptyTestDatabase()
  await migrate(db.database, [first, second], log)
  await assert.rejects(migrate(db.database, [first], log), {
    name: 'MigrationError',
    message: /at migration 2 \(second\), and this version of CloudSync knows 1\./,
  })
})

test('a database that other migrations made is refused', async () => {
  await using db = await openEmptyTestDatabase()
  await migrate(db.database, [first], log)
  const other = { ...first, name: 'other' }
  await assert.rejects(migrate(db.database, [other, second], log), /made by another program/)
  assert.deepEqual(await readSteps(db), [1])
})

test('migrations are numbered without gaps', async () => {
  await using db = await openEmptyTestDatabase()
  await assert.rejects(migrate(db.database, [first, broken], log), /out of place/)
  await assert.rejects(migrate(db.database, [second], log), /out of place/)
})
