import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seededRandom } from '@cloudsync/crdt/testing'
import { openStockClient, openTestDatabase, TestCaller } from '@cloudsync/server/testing'
import { adminAccount, findFreePort, ServerProcess } from '../support/server-process.ts'
import { waitFor } from '../support/wait-for.ts'

const admin = fileURLToPath(new URL('../../server/src/admin/main.ts', import.meta.url))

async function openPlace() {
  const dataDir = await mkdtemp(join(tmpdir(), 'cloudsync-keys-'))
  const stack = new AsyncDisposableStack()
  stack.defer(() => rm(dataDir, { recursive: true, force: true }))
  return {
    dataDir,
    keyFile: join(dataDir, 'master.key'),
    async openServer(env: Record<string, string> = {}) {
      // The key is where the product keeps it.
      const settings = { MASTER_KEY_FILE: '', ...env }
      const port = await findFreePort()
      return stack.use(new ServerProcess({ dataDir, port, env: settings }))
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** The command line for operators. */
function spawnAdmin(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [admin, ...args], {
    env: { ...process.env, MASTER_KEY_FILE: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += String(chunk)))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }))
  return { child, ended }
}

async function runAdmin(args: readonly string[], env: Record<string, string>): Promise<string> {
  const { code, output } = await spawnAdmin(args, env).ended
  assert.equal(code, 0, output)
  return output
}

async function write(server: ServerProcess, words: string, name = 'notes.md'): Promise<string> {
  const ada = await TestCaller.signIn(server.url, adminAccount)
  const id = await ada.createText(name)
  using client = openStockClient(ada, id)
  await client.saved()
  client.text.insert(0, words)
  await client.saved()
  return id
}

async function read(server: ServerProcess, id: string): Promise<string> {
  const ada = await TestCaller.signIn(server.url, adminAccount)
  return ada.text(`/nodes/${id}/content`)
}

test('a server without its master key, or with another, says what to do and changes nothing', async () => {
  await using place = await openPlace()
  const server = await place.openServer()
  await server.start()
  const id = await write(server, 'the words')
  assert.equal((await stat(place.keyFile)).mode & 0o777, 0o600)
  await server.stop()
  const [, fingerprint = ''] =
    /master key {2}(\w+)/.exec(await runAdmin(['keys', 'show'], { DATA_DIR: place.dataDir })) ?? []
  await rename(place.keyFile, `${place.keyFile}.aside`)
  const missing = new RegExp(
    `could not start. The master key \\S+master.key does not exist.*${fingerprint}`,
  )
  await assert.rejects(server.start(), missing)
  assert.ok(!(await readdir(place.dataDir)).includes('master.key'))
  await writeFile(place.keyFile, 'c0'.repeat(32))
  const wrong = new RegExp(
    `is not that of this database: its fingerprint is \\w{16}.*${fingerprint}`,
  )
  await assert.rejects(server.start(), wrong)
  const elsewhere = await place.openServer({ MASTER_KEY_FILE: join(place.dataDir, 'nowhere') })
  await assert.rejects(elsewhere.start(), /nowhere does not exist/)
  await rename(`${place.keyFile}.aside`, place.keyFile)
  await server.start()
  assert.equal(await read(server, id), 'the words')
})

test('what people write is in no file of the server', async () => {
  await using place = await openPlace()
  const server = await place.openServer()
  await server.start()
  await write(server, 'cinnamon and cardamom')
  await server.stop()
  const found = new Set<string>()
  for (const entry of await readdir(place.dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const content = await readFile(join(entry.parentPath, entry.name))
    for (const word of ['cinnamon', 'cardamom', 'notes.md'])
      if (content.includes(word)) found.add(word)
  }
  // Names are not sealed; that they are found shows that the words would be.
  assert.deepEqual([...found], ['notes.md'])
})

test('two servers that start at once on a new database agree on their keys', async () => {
  await using place = await openPlace()
  await using db = await openTestDatabase()
  const env = { DATABASE_URL: db.config.url }
  const servers = [await place.openServer(env), await place.openServer(env)]
  await Promise.all(servers.map((server) => server.start()))
  const { rows } = await db.database.pool.query('SELECT FROM data_keys')
  assert.equal(rows.length, 1)
  const [one, two] = servers as [ServerProcess, ServerProcess]
  const id = await write(one, 'for both')
  assert.equal(await read(two, id), 'for both')
})

test('the keys are rotated while a server runs, by a command that tells of it', async () => {
  await using place = await openPlace()
  const env = { DATA_DIR: place.dataDir }
  const server = await place.openServer()
  await server.start()
  const id = await write(server, 'before')
  const before = await readFile(place.keyFile, 'utf8')
  const output = await runAdmin(['keys', 'rotate', '--new-data-key'], env)
  const after = await readFile(place.keyFile, 'utf8')
  assert.notEqual(after, before)
  assert.match(output, /data key 2 {2}current/)
  const shown = await runAdmin(['keys', 'show'], env)
  assert.match(shown, /data key 1 .*0 days old\n.*data key 2 .*0 days old, current/)
  for (const key of [before, after]) assert.ok(!`${output}${shown}`.includes(key.trim()))
  assert.equal(await read(server, id), 'before')
  const newer = await write(server, 'after', 'newer.md')
  await server.kill()
  await server.start()
  assert.equal(await read(server, id), 'before')
  assert.equal(await read(server, newer), 'after')
})

test('signing keys are rotated, and sessions ended, while a server runs', async () => {
  await using place = await openPlace()
  const env = { DATA_DIR: place.dataDir }
  const server = await place.openServer()
  await server.start()
  const ada = await TestCaller.signIn(server.url, adminAccount)
  const status = async () => (await ada.send('GET', '/me')).status
  const [, kid] = /^(\S+) {2}signs since/m.exec(await runAdmin(['signing-keys', 'show'], env)) ?? []
  assert.match(kid ?? '', /^[\w-]{43}$/)
  const rotated = await runAdmin(['signing-keys', 'rotate'], env)
  assert.match(rotated, new RegExp(`^${kid} {2}signs since .*\n.* {2}published, signs from`))
  assert.equal(await status(), 200)
  const replaced = await runAdmin(['signing-keys', 'rotate', '--leaked'], env)
  assert.match(replaced, /^\S+ {2}signs since \S+\n$/)
  assert.ok(!replaced.includes(kid ?? ''))
  await waitFor('old tokens are void', async () => (await status()) === 401)
  const again = await TestCaller.signIn(server.url, adminAccount)
  const { code } = await spawnAdmin(['sessions', 'end', '--user', 'nobody@example.com'], env).ended
  assert.equal(code, 1)
  assert.equal((await again.send('GET', '/me')).status, 200)
  const ended = await runAdmin(['sessions', 'end', '--user', adminAccount.email], env)
  assert.match(ended, /1 account is signed out of everything/)
  await waitFor('the session is over', async () => (await again.send('GET', '/me')).status === 401)
})

test('the command for operators helps who gives it wrongly', async () => {
  const help = await spawnAdmin(['--help'], {}).ended
  assert.equal(help.code, 0)
  assert.match(help.output, /keys show.*\n.*keys rotate/)
  for (const args of [
    [],
    ['keys'],
    ['keys', 'eat'],
    ['keys', 'rotate', '--soon'],
    ['sessions', 'end'],
  ]) {
    const { code, output } = await spawnAdmin(args, {}).ended
    assert.equal(code, 2, args.join(' '))
    assert.match(output, /Usage: npm run admin/)
  }
})

test('a rotation that is killed at any moment leaves keys that fit', async () => {
  await using place = await openPlace()
  await using db = await openTestDatabase()
  const env = { DATA_DIR: place.dataDir, DATABASE_URL: db.config.url }
  const server = await place.openServer({ DATABASE_URL: db.config.url })
  await server.start()
  const id = await write(server, 'the words')
  await server.stop()
  const { pool } = db.database

  // Before the transaction is committed, and while nobody has told the command that it is.
  for (const lock of ['before', 'at commit']) {
    await pool.query(
      `CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_advisory_lock(1); PERFORM pg_advisory_unlock(1); RETURN NULL; END $$`,
    )
    await pool.query(
      `CREATE CONSTRAINT TRIGGER hold AFTER UPDATE ON data_keys
       DEFERRABLE INITIALLY ${lock === 'before' ? 'IMMEDIATE' : 'DEFERRED'}
       FOR EACH ROW EXECUTE FUNCTION hold()`,
    )
    const holder = await pool.connect()
    await holder.query('SELECT pg_advisory_lock(1)')
    const { child, ended } = spawnAdmin(['keys', 'rotate'], env)
    for (;;) {
      const { rows } = await pool.query(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      )
      if (rows.length > 0) break
      await pause(20)
    }
    assert.ok((await readdir(place.dataDir)).includes('master.key.new'))
    child.kill('SIGKILL')
    await ended
    const held = await readFingerprint(pool)
    await holder.query('SELECT pg_advisory_unlock(1)')
    holder.release()
    // A start waits for what is left of the rotation in the database.
    await server.start()
    const fingerprint = await readFingerprint(pool)
    assert.equal(fingerprint === held, lock === 'before', lock)
    assert.equal(await read(server, id), 'the words')
    await server.stop()
    await pool.query('DROP TRIGGER hold ON data_keys; DROP FUNCTION hold()')
  }

  const random = seededRandom(1)
  for (let round = 0; round < 12; round++) {
    const { child, ended } = spawnAdmin(['keys', 'rotate', '--new-data-key'], env)
    await pause(200 + random() * 500)
    child.kill('SIGKILL')
    await ended
    assert.match(await runAdmin(['keys', 'show'], env), /master key {2}\w{16} {2}\/.*master\.key/)
  }
  await server.start()
  assert.equal(await read(server, id), 'the words')
  assert.ok(!(await readdir(place.dataDir)).some((name) => name.endsWith('.draft')))
})

type Pool = Awaited<ReturnType<typeof openTestDatabase>>['database']['pool']

async function readFingerprint(pool: Pool): Promise<string | undefined> {
  const { rows } = await pool.query<{ fingerprint: string }>(
    'SELECT DISTINCT master_fingerprint AS fingerprint FROM data_keys',
  )
  assert.equal(rows.length, 1)
  return rows[0]?.fingerprint
}
