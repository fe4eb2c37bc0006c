import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { sql } from 'kysely'
import pg from 'pg'
import { pino } from 'pino'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { openPool } from './connection-pool.ts'
import { type Database, findServerProblem, openDatabase } from './database.ts'
import { isUnavailable } from './database-errors.ts'
import { getPostmasterPid, makeDataDirectory } from './embedded-postgres/testing/start-member.ts'

const log = pino({ level: 'silent' })

async function terminateOthers({ pool }: Database): Promise<void> {
  await pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
}

test('an embedded database opens, answers and is stopped with its last user', async () => {
  await using directory = await makeDataDirectory()
  const database = await openDatabase({ kind: 'embedded', dataDir: directory.path }, log)
  const result = await sql<{ one: number }>`SELECT 1 AS one`.execute(database.kysely)
  assert.deepEqual(result.rows, [{ one: 1 }])
  assert.equal(database.state, 'ready')
  assert.equal(await database.isReachable(), true)
  await database[Symbol.asyncDispose]()
  assert.equal(database.state, 'stopped')
  assert.equal(await database.isReachable(), false)
  await assert.rejects(getPostmasterPid(directory.path))
})

test('while PostgreSQL is away queries fail as unavailable, and then they work again', async () => {
  await using directory = await makeDataDirectory()
  await using database = await openDatabase({ kind: 'embedded', dataDir: directory.path }, log)
  await database.pool.query('SELECT')
  process.kill(await getPostmasterPid(directory.path), 'SIGKILL')
  let failures = 0
  for (;;) {
    try {
      await database.pool.query('SELECT')
      // The first may have been answered before the signal arrived.
      if (failures > 0) break
    } catch (error) {
      assert(isUnavailable(error), String(error))
      failures++
    }
  }
})

test('bigint is read as a number, and one too large for that fails its query', async () => {
  await using db = await openTestDatabase()
  const { pool } = db.database
  const largest = await pool.query('SELECT 9007199254740991::bigint AS value, count(*) AS rows')
  assert.deepEqual(largest.rows, [{ value: Number.MAX_SAFE_INTEGER, rows: 1 }])
  await assert.rejects(pool.query('SELECT 9007199254740992::bigint'), RangeError)
  await pool.query('SELECT')
  // Not for everybody in the process.
  assert.equal(pg.types.getTypeParser(20)('1'), '1')
})

test('a connection that breaks while idle, or between two statements, does not end the process', async () => {
  await using db = await openTestDatabase()
  const { pool } = db.database
  const [held, idle] = [await pool.connect(), await pool.connect()]
  idle.release()
  const lost = new Promise((resolve) => held.once('end', resolve))
  await terminateOthers(db.database)
  await lost
  await assert.rejects(held.query('SELECT'), (error) => isUnavailable(error))
  held.release()
  await pool.query('SELECT')
})

test('a transaction that hangs idle is ended after a minute', async () => {
  await using db = await openTestDatabase()
  const { rows } = await db.database.pool.query('SHOW idle_in_transaction_session_timeout')
  assert.deepEqual(rows, [{ idle_in_transaction_session_timeout: '1min' }])
})

test('a database is reachable while all connections of its pool are at work', async () => {
  await using db = await openTestDatabase()
  await using database = await openDatabase(db.config, log, { maxConnections: 1 })
  const client = await database.pool.connect()
  assert.equal(await database.isReachable(), true)
  client.release()
})

test('it is closed also while a connection is not given back', { timeout: 60_000 }, async () => {
  await using db = await openTestDatabase()
  const database = await openDatabase(db.config, log)
  await database.pool.connect()
  await database[Symbol.asyncDispose]()
})

test('a worker thread can open a pool of its own', async () => {
  await using db = await openTestDatabase()
  const program = `
    const { workerData, parentPort } = require('node:worker_threads')
    const { Client } = require('pg')
    const client = new Client(workerData)
    client.connect()
      .then(() => client.query('SELECT 7 AS seven'))
      .then(({ rows }) => parentPort.postMessage(rows))
      .then(() => client.end())`
  const worker = new Worker(program, { eval: true, workerData: db.database.clientConfig })
  // Both may come in the same turn.
  const exited = once(worker, 'exit')
  const [rows] = await once(worker, 'message')
  assert.deepEqual(rows, [{ seven: 7 }])
  await exited
  const pool = openPool(db.database.clientConfig, log)
  await pool.query('SELECT')
  await pool.end()
})

test('servers that are too old, of another encoding, or a standby are named as such', () => {
  const good = {
    version: 140_000,
    encoding: 'UTF8',
    isStandby: false,
    fsync: 'on',
    synchronousCommit: 'on',
  }
  assert.equal(findServerProblem(good), undefined)
  assert.match(findServerProblem({ ...good, version: 130_022 }) ?? '', /PostgreSQL 13; 14 or newer/)
  assert.match(
    findServerProblem({ ...good, encoding: 'LATIN1' }) ?? '',
    /LATIN1; it has to be UTF8/,
  )
  assert.match(findServerProblem({ ...good, isStandby: true }) ?? '', /standby/)
})

test('a database in another encoding is refused', async () => {
  await using db = await openTestDatabase()
  const name = `${new URL(db.config.url).pathname.slice(1)}_latin1`
  const { rows } = await db.database.pool.query(
    "SELECT current_setting('server_version_num')::int >= 150000 AS has_providers",
  )
  await db.database.pool.query(
    `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'
       ${rows[0].has_providers ? 'LOCALE_PROVIDER libc' : ''}`,
  )
  try {
    const url = new URL(db.config.url)
    url.pathname = `/${name}`
    await assert.rejects(openDatabase({ kind: 'url', url: url.href }, log), {
      name: 'DatabaseUnusableError',
      message: /LATIN1/,
    })
  } finally {
    await db.database.pool.query(`DROP DATABASE ${name} WITH (FORCE)`)
  }
})

test('where nothing listens the error comes after the time given, and says why', async () => {
  const url = 'postgresql://somebody:secret@127.0.0.1:9/nothing'
  await assert.rejects(
    openDatabase({ kind: 'url', url }, log, { connectTimeoutMs: 1 }),
    (error) => {
      assert(error instanceof Error)
      assert.match(error.message, /ECONNREFUSED/)
      assert.doesNotMatch(error.message, /secret/)
      return true
    },
  )
})
