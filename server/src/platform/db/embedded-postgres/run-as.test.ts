import assert from 'node:assert/strict'
import { chmod, cp, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import { openEmbeddedPostgres } from './embedded-postgres.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { runCommand } from './run-command.ts'
import {
  getPostmasterPid,
  isRoot,
  makeDataDirectory,
  Member,
  query,
} from './testing/start-member.ts'

const log = pino({ level: 'silent' })
const skip = isRoot ? false : 'becomes other users, which takes root'

const nobody = { uid: 65534, gid: 65534 }
/** In no /etc/passwd. */
const nameless = { uid: 54321, gid: 54321 }

async function getOwner(path: string): Promise<number> {
  return (await stat(path)).uid
}

test('root runs it as another user who can reach it', { skip }, async () => {
  await using directory = await makeDataDirectory()
  await chmod(directory.path, 0o755)
  await using postgres = await openEmbeddedPostgres({ dataDir: directory.path, log })
  await query(postgres.clientConfig, 'SELECT')
  const pid = await getPostmasterPid(directory.path)
  assert.notEqual(await getOwner(join(directory.path, 'postgres')), 0)
  assert.notEqual(await getOwner(`/proc/${pid}`), 0)
})

test(
  "root runs it in a user namespace where program and data are in root's private home",
  { skip },
  async () => {
    await using home = await makeDataDirectory()
    const { postgres: program } = await findPostgresBinaries()
    await cp(dirname(dirname(program)), join(home.path, 'native'), { recursive: true })
    const bin = join(home.path, 'native', 'bin')
    const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
    const dataDir = join(home.path, 'data')
    for (const _start of ['first', 'second']) {
      await using postgres = await openEmbeddedPostgres({ dataDir, log, binaries })
      await query(postgres.clientConfig, 'SELECT')
      assert.equal(await getOwner(join(dataDir, 'postgres')), 0)
      const pid = await getPostmasterPid(dataDir)
      const map = await readFile(`/proc/${pid}/uid_map`, 'utf8')
      assert.match(map.trim(), /^[1-9]\d*\s+0\s+1$/)
    }
  },
)

test(
  'a database that its user cannot reach any more is handed over to root',
  { skip },
  async () => {
    await using directory = await makeDataDirectory()
    await chmod(directory.path, 0o755)
    const dataDir = join(directory.path, 'data')
    {
      await using postgres = await openEmbeddedPostgres({ dataDir, log })
      await query(postgres.clientConfig, 'CREATE TABLE kept AS SELECT 1 AS value')
    }
    assert.notEqual(await getOwner(join(dataDir, 'postgres', 'base')), 0)
    await chmod(directory.path, 0o700)
    await using postgres = await openEmbeddedPostgres({ dataDir, log })
    assert.deepEqual(await query(postgres.clientConfig, 'SELECT * FROM kept'), [{ value: 1 }])
    assert.equal(await getOwner(join(dataDir, 'postgres', 'base')), 0)
  },
)

test('an ordinary user runs it below a private home', { skip }, async () => {
  await using home = await makeDataDirectory({ owner: nobody })
  const dataDir = join(home.path, 'data')
  await using member = new Member(dataDir, { user: nobody })
  await member.until('ready')
  assert.equal(await getOwner(join(dataDir, 'postgres')), nobody.uid)
  await member.close()
})

test('a user id without a name runs it all the same', { skip }, async () => {
  await using home = await makeDataDirectory({ owner: nameless })
  const dataDir = join(home.path, 'data')
  await using member = new Member(dataDir, { user: nameless })
  await member.until('ready')
  assert.equal(await getOwner(join(dataDir, 'postgres')), nameless.uid)
  await member.close()
})

test("an ordinary user is told that the database is another's", { skip }, async () => {
  await using home = await makeDataDirectory({ owner: nobody })
  await using first = new Member(home.path, { user: nobody })
  await first.until('ready')
  await first.close()
  await chmod(home.path, 0o777)
  await using second = new Member(home.path, { user: nameless })
  const { failure, message } = await second.until('failed')
  assert.equal(failure, 'foreign-data')
  assert.match(
    message ?? '',
    /belongs to the user with the id 65534, and this server runs as 54321/,
  )
})

test('where no way works, root is told each and what would make it work', { skip }, async () => {
  await using directory = await makeDataDirectory()
  const binaries = { initdb: '/nonexistent/initdb', postgres: '/nonexistent/postgres' }
  await assert.rejects(openEmbeddedPostgres({ dataDir: directory.path, log, binaries }), {
    failure: 'no-way-to-run',
    message:
      /refuses to run as root.*in a user namespace: .*chmod o\+x.*unshare --user.*DATABASE_URL/s,
  })
})

test('what a program says and its exit code are both known', async () => {
  const args = ['-c', 'echo out; echo err >&2; exit 3']
  const result = await runCommand({ file: 'sh', args })
  assert.equal(result.exitCode, 3)
  assert.deepEqual(result.output.split('\n').toSorted(), ['err', 'out'])
  const missing = await runCommand({ file: '/nonexistent', args: [] })
  assert.deepEqual([missing.exitCode, /ENOENT/.test(missing.output)], [undefined, true])
})
