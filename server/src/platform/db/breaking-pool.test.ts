import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { waitUntil } from '../../../testing/stock-clients.ts'
import { openTestDatabase } from '../../../testing/test-database.ts'
import { TestLink } from '../../../testing/test-link.ts'
import { openPool } from './connection-pool.ts'
import { isUnavailable } from './database-errors.ts'

/** A pool whose database can be taken away from it. */
async function openLinkedPool() {
  await using stack = new AsyncDisposableStack()
  const db = stack.use(await openTestDatabase())
  const link = stack.use(await TestLink.to(db.config.url))
  const metrics = new Registry()
  const pool = openPool({ connectionString: link.url }, pino({ level: 'silent' }), { metrics })
  stack.defer(() => pool.end())
  const running = stack.move()
  return {
    link,
    pool,
    state: async () =>
      Number(/breaker_state\{name="postgresql"\} (\d)/.exec(await metrics.metrics())?.[1]),
    answers: () =>
      pool.query('SELECT').then(
        () => true,
        () => false,
      ),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** What it fails with, and when. */
async function failureOf(work: Promise<unknown>) {
  const since = performance.now()
  const [outcome] = await Promise.allSettled([work])
  assert.ok(outcome.status === 'rejected' && isUnavailable(outcome.reason))
  return performance.now() - since
}

test('a pool refuses at once while the database is away, and gives connections again when it is back', async () => {
  await using opened = await openLinkedPool()
  const { link, pool, state } = opened
  await pool.query('SELECT')
  assert.equal(await state(), 0)
  await link.cut()
  await waitUntil('the breaker opens', async () => {
    await assert.rejects(pool.query('SELECT'))
    return (await state()) === 2
  })
  await Promise.all(Array.from({ length: 100 }, () => failureOf(pool.query('SELECT'))))
  await link.mend()
  await waitUntil('it gives connections', () => opened.answers())
  assert.equal(await state(), 0)
  const client = await pool.connect()
  client.release()
})

test('a pool whose database says nothing any more fails what waits within seconds, and the rest at once', async () => {
  await using opened = await openLinkedPool()
  const { link, pool, state } = opened
  const held = await pool.connect()
  await held.query('BEGIN')
  link.silence()
  const waiting = [held.query('SELECT'), pool.query('SELECT'), pool.query('SELECT')]
  const tookMs = await Promise.all(waiting.map(failureOf))
  assert.ok(Math.max(...tookMs) < 20_000, `${tookMs.join(', ')} ms`)
  held.release()
  await waitUntil('the breaker opens', async () => (await state()) === 2)
  const refusedMs = await Promise.all(
    Array.from({ length: 20 }, () => failureOf(pool.query('SELECT'))),
  )
  // One of them may be the one that tries.
  assert.ok(refusedMs.filter((ms) => ms > 1_000).length <= 1, `${refusedMs.join(', ')} ms`)
  await link.mend()
  await waitUntil('it gives connections', () => opened.answers())
  assert.equal(await state(), 0)
})

test('a pool that is made while the database says nothing is not stuck when it is back', async () => {
  await using opened = await openLinkedPool()
  const { link, pool } = opened
  link.silence()
  assert.ok((await failureOf(pool.query('SELECT'))) < 30_000)
  await link.mend()
  await waitUntil('it gives connections', () => opened.answers())
})

test('a statement that takes long is waited for, while and because the database answers others', async () => {
  await using opened = await openLinkedPool()
  const { pool, state } = opened
  const { rows } = await pool.query<{ slept: string }>('SELECT pg_sleep(8)::text AS slept')
  assert.deepEqual(rows, [{ slept: '' }])
  assert.equal(await state(), 0)
})

test('a line on which every packet takes long is no outage', async () => {
  await using opened = await openLinkedPool()
  const { link, pool, state } = opened
  link.slow(150)
  await Promise.all(Array.from({ length: 10 }, () => pool.query('SELECT')))
  assert.equal(await state(), 0)
})
