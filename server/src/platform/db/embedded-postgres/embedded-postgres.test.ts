import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { pino } from 'pino'
import {
  type EmbeddedPostgresOptions,
  type EmbeddedPostgresState,
  openEmbeddedPostgres,
} from './embedded-postgres.ts'
import { chooseSocketDirectory } from './private-directory.ts'
import { findPostgresBinaries, EMBEDDED_MAJOR_VERSION } from './postgres-binaries.ts'
import { runCommand } from './run-command.ts'
import {
  findPostmasterPid,
  getPostmasterPid,
  makeDataDirectory,
  Member,
  query,
} from './testing/start-member.ts'

const log = pino({ level: 'silent' })

function open(dataDir: string, options: Partial<EmbeddedPostgresOptions> = {}) {
  return openEmbeddedPostgres({ dataDir, log, ...options })
}

test('the installed programs are of the version that data directories are checked against', async () => {
  const { postgres } = await findPostgresBinaries()
  const { output } = await runCommand({ file: postgres, args: ['--version'] })
  assert.match(output, new RegExp(`^postgres \\(PostgreSQL\\) ${EMBEDDED_MAJOR_VERSION}\\.`))
})

test('a database keeps its rows from one start to the next', async () => {
  await using directory = await makeDataDirectory()
  const dataDir = join(directory.path, 'new', 'data')
  {
    await using postgres = await open(dataDir)
    await query(postgres.clientConfig, 'CREATE TABLE kept AS SELECT 1 AS value')
  }
  assert.equal(await findPostmasterPid(dataDir), undefined)
  await using postgres = await open(dataDir)
  assert.deepEqual(await query(postgres.clientConfig, 'SELECT * FROM kept'), [{ value: 1 }])
})

test('it is durable, has no network port, and sorts by bytes but knows all letters', async () => {
  await using directory = await makeDataDirectory()
  await using postgres = await open(directory.path)
  const [settings] = await query(
    postgres.clientConfig,
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
       current_setting('full_page_writes') AS pages, current_setting('data_checksums') AS checksums,
       current_setting('listen_addresses') AS addresses, current_setting('server_encoding') AS encoding,
       'a' < 'B' AS unordered, lower('ÄЖ') AS lower, to_tsvector('simple', 'Ärger')::text AS words`,
  )
  assert.deepEqual(settings, {
    fsync: 'on',
    commit: 'on',
    pages: 'on',
    checksums: 'on',
    addresses: '',
    encoding: 'UTF8',
    unordered: false,
    lower: 'äж',
    words: "'ärger':1",
  })
})

test('Ctrl+C in our terminal does not reach it: it leads a session of its own', async (t) => {
  if (process.platform !== 'linux') return t.skip('reads /proc')
  await using directory = await makeDataDirectory()
  await using _postgres = await open(directory.path)
  const pid = await getPostmasterPid(directory.path)
  const status = await readFile(`/proc/${pid}/stat`, 'utf8')
  const [, , group, session] = status.slice(status.lastIndexOf(')') + 2).split(' ')
  assert.deepEqual([Number(group), Number(session)], [pid, pid])
})

test('a killed PostgreSQL comes back with its rows, and says so meanwhile', async () => {
  await using directory = await makeDataDirectory()
  const states: EmbeddedPostgresState[] = []
  const back = Promise.withResolvers<void>()
  await using postgres = await open(directory.path, {
    onStateChange(state) {
      states.push(state)
      if (state === 'ready') back.resolve()
    },
  })
  await query(postgres.clientConfig, 'CREATE TABLE kept AS SELECT 1 AS value')
  const before = await getPostmasterPid(directory.path)
  process.kill(before, 'SIGKILL')
  await back.promise
  assert.deepEqual(states, ['restarting', 'ready'])
  assert.equal(postgres.state, 'ready')
  assert.notEqual(await getPostmasterPid(directory.path), before)
  assert.deepEqual(await query(postgres.clientConfig, 'SELECT * FROM kept'), [{ value: 1 }])
})

test('leaving while PostgreSQL is being brought back leaves none behind', async () => {
  await using directory = await makeDataDirectory()
  const restarting = Promise.withResolvers<void>()
  const postgres = await open(directory.path, {
    onStateChange: (state) => state === 'restarting' && restarting.resolve(),
  })
  process.kill(await getPostmasterPid(directory.path), 'SIGKILL')
  await restarting.promise
  await postgres[Symbol.asyncDispose]()
  assert.equal(postgres.state, 'stopped')
  assert.equal(await findPostmasterPid(directory.path), undefined)
})

test('a data directory that disappears under a server is not replaced by an empty one', async () => {
  await using directory = await makeDataDirectory()
  const restarting = Promise.withResolvers<void>()
  await using postgres = await open(directory.path, {
    onStateChange: (state) => state === 'restarting' && restarting.resolve(),
  })
  const pid = await getPostmasterPid(directory.path)
  await rm(join(directory.path, 'postgres'), { recursive: true })
  process.kill(pid, 'SIGKILL')
  await restarting.promise
  await postgres[Symbol.asyncDispose]()
  assert(!(await readdir(directory.path)).includes('postgres'))
})

test('a data directory of another major version is refused and not touched', async () => {
  await using directory = await makeDataDirectory()
  const versionFile = join(directory.path, 'postgres', 'PG_VERSION')
  await mkdir(dirname(versionFile))
  await writeFile(versionFile, '17\n')
  await assert.rejects(open(directory.path), {
    name: 'EmbeddedPostgresError',
    failure: 'other-version',
    message: /written by PostgreSQL 17, and this server brings PostgreSQL 18/,
  })
  assert.deepEqual(await readdir(dirname(versionFile)), ['PG_VERSION'])
})

test('a directory with something else in it is refused and not touched', async () => {
  await using directory = await makeDataDirectory()
  await mkdir(join(directory.path, 'postgres'))
  await writeFile(join(directory.path, 'postgres', 'thesis.txt'), 'mine')
  await assert.rejects(open(directory.path), { failure: 'foreign-data', message: /thesis\.txt/ })
  assert.deepEqual(await readdir(join(directory.path, 'postgres')), ['thesis.txt'])
})

test('a file in the place of the data directory is refused', async () => {
  await using directory = await makeDataDirectory()
  await writeFile(join(directory.path, 'postgres'), 'mine')
  await assert.rejects(open(directory.path), { failure: 'foreign-data' })
})

test('what initdb had made when its server was killed is thrown away', async () => {
  await using directory = await makeDataDirectory()
  await using killed = new Member(directory.path)
  await killed.until('opening')
  const isUnderWay = async () =>
    (await readdir(directory.path)).some((name) => name.startsWith('postgres.new-'))
  while (!(await isUnderWay()));
  await killed.kill()
  await using postgres = await open(directory.path)
  await query(postgres.clientConfig, 'SELECT')
  assert.equal(await isUnderWay(), false)
})

test("a dead PostgreSQL's number that another process has got does not stop it from starting", async () => {
  await using directory = await makeDataDirectory()
  const cluster = join(directory.path, 'postgres')
  await (await open(directory.path))[Symbol.asyncDispose]()
  // Of the same user: PostgreSQL does not mistake another's process for itself.
  const { uid, gid } = await stat(cluster)
  const bystander = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'], uid, gid })
  try {
    const lines = [bystander.pid, cluster, 1, 5432, '', '', '1 1', 'ready']
    await writeFile(join(cluster, 'postmaster.pid'), `${lines.join('\n')}\n`)
    await using postgres = await open(directory.path)
    assert.notEqual(await getPostmasterPid(directory.path), bystander.pid)
    await query(postgres.clientConfig, 'SELECT')
  } finally {
    bystander.stdin.end()
  }
})

test('an empty lock that a power cut left does not stop it from starting', async () => {
  await using directory = await makeDataDirectory()
  await (await open(directory.path))[Symbol.asyncDispose]()
  await writeFile(join(directory.path, 'postgres', 'postmaster.pid'), '')
  await writeFile(join(directory.path, 'postgres-socket', '.s.PGSQL.5432.lock'), '')
  await using postgres = await open(directory.path)
  await query(postgres.clientConfig, 'SELECT')
})

test('a path too long for a socket puts the socket into a private temporary directory', async () => {
  await using directory = await makeDataDirectory()
  const dataDir = join(directory.path, 'd'.repeat(90))
  const socketDir = chooseSocketDirectory(dataDir)
  assert(!socketDir.startsWith(directory.path))
  try {
    await using postgres = await open(dataDir)
    assert.equal(postgres.clientConfig.host, socketDir)
    assert.equal((await stat(socketDir)).mode & 0o777, 0o700)
    await query(postgres.clientConfig, 'SELECT')
  } finally {
    await rm(socketDir, { recursive: true, force: true })
  }
})

test("a temporary directory that is not the server's alone is not trusted", async () => {
  await using directory = await makeDataDirectory()
  const dataDir = join(directory.path, 'd'.repeat(90))
  const socketDir = chooseSocketDirectory(dataDir)
  try {
    await mkdir(socketDir)
    await chmod(socketDir, 0o755)
    await assert.rejects(open(dataDir), { failure: 'foreign-data' })
    await rm(socketDir, { recursive: true })
    await symlink(directory.path, socketDir)
    await assert.rejects(open(dataDir), { failure: 'foreign-data' })
  } finally {
    await rm(socketDir, { recursive: true, force: true })
  }
})

test('the log of a server that does not start is in the error', async () => {
  await using directory = await makeDataDirectory()
  await (await open(directory.path))[Symbol.asyncDispose]()
  await writeFile(join(directory.path, 'postgres', 'postgresql.conf'), 'no_such_setting = 1\n')
  await assert.rejects(open(directory.path), {
    failure: 'start-failed',
    message: /unrecognized configuration parameter "no_such_setting"/,
  })
})

test('an ephemeral one takes its data with it, and only when the last has left', async () => {
  await using directory = await makeDataDirectory()
  const first = await open(directory.path, { ephemeral: true })
  const second = await open(directory.path, { ephemeral: true })
  await Promise.all([first[Symbol.asyncDispose](), first[Symbol.asyncDispose]()])
  assert.equal(first.state, 'stopped')
  await query(second.clientConfig, 'SELECT')
  await second[Symbol.asyncDispose]()
  assert.deepEqual((await readdir(directory.path)).toSorted(), [
    'postgres-socket',
    'postgres.lock',
    'postgres.log',
  ])
  assert.deepEqual(await readdir(join(directory.path, 'postgres-socket')), [])
})

test('what a killed process was about to take away is gone with the next start', async () => {
  await using directory = await makeDataDirectory()
  await using killed = new Member(directory.path)
  await killed.until('ready')
  const pid = await getPostmasterPid(directory.path)
  await killed.kill()
  await rename(join(directory.path, 'postgres'), join(directory.path, `postgres.discarded-${pid}`))
  await using postgres = await open(directory.path, { ephemeral: true })
  await query(postgres.clientConfig, 'SELECT')
  assert.notEqual(await getPostmasterPid(directory.path), pid)
  assert(!(await readdir(directory.path)).some((name) => name.includes('discarded')))
})
