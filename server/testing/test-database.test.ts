import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { openEmptyTestDatabase, openTestDatabase, type TestDatabase } from './test-database.ts'

async function listDatabases({ database }: TestDatabase): Promise<string[]> {
  const { rows } = await database.pool.query<{ datname: string }>('SELECT datname FROM pg_database')
  return rows.map(({ datname }) => datname)
}

function nameOf(db: TestDatabase): string {
  return new URL(db.config.url).pathname.slice(1)
}

/** A test process of its own that opens a database, says its name, and waits. */
async function startTestProcess() {
  const program = `
    import { openTestDatabase } from ${JSON.stringify(new URL('test-database.ts', import.meta.url).href)}
    const db = await openTestDatabase()
    process.stdout.write(new URL(db.config.url).pathname.slice(1))
    process.stdin.resume()
    process.stdin.on('end', () => db[Symbol.asyncDispose]())`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
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
  await using db = await openTestDatabase()
  const killed = await startTestProcess()
  killed.child.kill('SIGKILL')
  await once(killed.child, 'exit')
  assert((await listDatabases(db)).includes(killed.name))

  const next = await startTestProcess()
  assert(!(await listDatabases(db)).includes(killed.name))
  assert((await listDatabases(db)).includes(nameOf(db)))
  next.child.stdin.end()
  const [exitCode] = await once(next.child, 'exit')
  assert.equal(exitCode, 0)
  assert(!(await listDatabases(db)).includes(next.name))
})
