import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { openTestDatabase } from '../../../testing/test-database.ts'
import {
  classifyDatabaseError,
  CommitOutcomeUnknownError,
  isConflict,
  isUnavailable,
  isUniqueViolation,
} from './database-errors.ts'

async function fail(work: Promise<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  return assert.fail('it did not fail')
}

function sqlError(code: string): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('made up', 0, 'error'), { code })
}

test('a row in the way is named by its constraint', async () => {
  await using db = await openTestDatabase()
  const { pool } = db.database
  await pool.query('CREATE TABLE t (id int CONSTRAINT t_id_key UNIQUE)')
  const error = await fail(pool.query('INSERT INTO t VALUES (1), (1)'))
  assert.deepEqual(classifyDatabaseError(error), {
    kind: 'unique_violation',
    constraint: 't_id_key',
    retryable: false,
  })
  assert(isUniqueViolation(error) && isUniqueViolation(error, 't_id_key'))
  assert(!isUniqueViolation(error, 'another_key') && !isUnavailable(error))
})

test('a connection that is refused, cut off, or not to be had is unavailable', async () => {
  await using db = await openTestDatabase()
  const { pool } = db.database
  const failures = [
    fail(new pg.Client({ host: '127.0.0.1', port: 9 }).connect()),
    fail(new pg.Client({ host: '/nonexistent' }).connect()),
    fail(new pg.Client({ host: 'name.invalid' }).connect()),
    fail(pool.query('SELECT pg_terminate_backend(pg_backend_pid())')),
  ]
  const client = await pool.connect()
  await fail(client.query('SELECT pg_terminate_backend(pg_backend_pid())'))
  failures.push(fail(client.query('SELECT')))
  client.release(true)
  const ended = new pg.Pool({ connectionString: db.config.url })
  await ended.end()
  failures.push(fail(ended.query('SELECT')))
  for (const error of await Promise.all(failures)) {
    assert(isUnavailable(error), String(error))
    assert.equal(classifyDatabaseError(error).retryable, true)
  }
})

test('states of the server that pass are told from mistakes in a statement', () => {
  const passing = ['57P01', '57P02', '57P03', '08006', '53300', '53100', '25006', '25P03', '55P03']
  for (const code of passing) assert(isUnavailable(sqlError(code)), code)
  for (const code of ['40001', '40P01']) assert(isConflict(sqlError(code)), code)
  for (const code of ['42601', '23503', '57014', '25P02', '22012'])
    assert.deepEqual(
      classifyDatabaseError(sqlError(code)),
      { kind: 'other', retryable: false },
      code,
    )
})

test('an unknown outcome can be retried only by who knows that it is idempotent', () => {
  const error = new CommitOutcomeUnknownError(sqlError('57P01'))
  assert.deepEqual(classifyDatabaseError(error), { kind: 'outcome_unknown', retryable: true })
  assert(isUnavailable(error))
})

test("what is not the database's is not taken for it", () => {
  const aborted = Object.assign(new Error('aborted'), { code: 'ECONNRESET' })
  const missingFile = Object.assign(new Error('no file'), { code: 'ENOENT', syscall: 'open' })
  for (const error of [aborted, missingFile, new Error('other'), 'text', undefined])
    assert.deepEqual(classifyDatabaseError(error), { kind: 'other', retryable: false })
})
