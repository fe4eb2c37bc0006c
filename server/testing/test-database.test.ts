import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { findScratchParent } from '#platform/db/embedded-postgres/testing/find-scratch-parent.ts'
import { waitUntil } from './stock-clients.ts'
import { openEmptyTestDatabase, openTestDatabase, type TestDatabase } from './test-database.ts'
import { TestPostgres } from './test-postgres.ts'

async function listDatabases({ database }: Pick<TestDatabase, 'database'>): Promise<string[]> {
  const { rows } = await database.pool.query<{ datname: string }>('SELECT datname FROM pg_database')
  return rows.map(({ datname }) => datname)
}

function nameOf(db: TestDatabase): string {
  return new URL(db.config.url).pathname.slice(1)
}

/** A test process of its own that opens a database there, says its name, and waits. */
async function startTestProcess({ url }: TestPostgres) {
  const program = `
    import { openTestDatabase } from ${JSON.stringify(new URL('test-database.ts', import.meta.url).href)}
    const db = await openTestDatabase()
    process.stdout.write(new URL(db.config.url).pathname.slice(1))
    process.stdin.resume()
    process.stdin.on('end', () => db[Symbol.asyncDispose]())`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: url },
  })
  const [name] = await once(child.stdout, 'data')
  return { child, name: String(name) }
}

test('each test has tables of its own, and what it wrote is gone after it', async () => {
  await using first = await openTestDatabase()
  {
    await using second = await openTestDatabase()
    await second.database.pool.query('DROP TABLE events')
    assert((await listDatabases(first)).includes(nameOf(second)))
  }
  await first.database.pool.query('SELECT FROM events')
  const left = (await listDatabases(first)).filter((name) => name.startsWith(`${nameOf(first)}`))
  assert.deepEqual(left, [nameOf(first)])
})

test('a database for migrations to be tested with has no table', async () => {
  await using db = await openEmptyTestDatabase()
  const { rows } = await db.database.pool.query(
    "SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace",
  )
  assert.deepEqual(rows, [])
})

test('a test process ends by itself, and that of a killed one is cleaned up after', async () => {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(await findScratchParent(), 'cloudsync-test-database-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  // Of its own: the next process of another test file would clean up as well.
  const postgres = stack.use(await TestPostgres.open(directory))
  const killed = await startTestProcess(postgres)
  const living = await startTestProcess(postgres)
  killed.child.kill('SIGKILL')
  await once(killed.child, 'exit')
  assert((await listDatabases(postgres)).includes(killed.name))
  await waitUntil('PostgreSQL has noticed', async () => {
    const { rowCount } = await postgres.database.pool.query(
      "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1",
      [killed.name.split('_')[2]],
    )
    return rowCount === 0
  })

  const next = await startTestProcess(postgres)
  assert(!(await listDatabases(postgres)).includes(killed.name))
  assert((await listDatabases(postgres)).includes(living.name))
  for (const { child } of [living, next]) {
    child.stdin.end()
    const [exitCode] = await once(child, 'exit')
    assert.equal(exitCode, 0)
  }
  assert(!(await listDatabases(postgres)).includes(next.name))
})
