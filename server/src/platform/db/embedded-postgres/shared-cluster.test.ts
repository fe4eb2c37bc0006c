import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pino } from 'pino'
import { openEmbeddedPostgres } from './embedded-postgres.ts'
import {
  findPostmasterPid,
  getPostmasterPid,
  makeDataDirectory,
  Member,
  query,
} from './testing/start-member.ts'

const log = pino({ level: 'silent' })

test('the PostgreSQL of a killed server goes on, and the next server takes it over', async () => {
  await using directory = await makeDataDirectory()
  await using killed = new Member(directory.path)
  await killed.until('ready')
  const pid = await getPostmasterPid(directory.path)
  await killed.kill()
  {
    await using postgres = await openEmbeddedPostgres({ dataDir: directory.path, log })
    assert.equal(await getPostmasterPid(directory.path), pid)
    await query(postgres.clientConfig, 'SELECT')
  }
  assert.equal(await findPostmasterPid(directory.path), undefined)
})

test('a PostgreSQL that was taken over is brought back when it is killed', async () => {
  await using directory = await makeDataDirectory()
  await using killed = new Member(directory.path)
  await killed.until('ready')
  await using heir = new Member(directory.path)
  await heir.until('ready')
  await killed.kill()
  process.kill(await getPostmasterPid(directory.path), 'SIGKILL')
  await heir.until('restarting')
  await heir.until('ready')
  await heir.close()
  assert.equal(await findPostmasterPid(directory.path), undefined)
})

test('servers that start at the same instant in an empty directory share one PostgreSQL', async () => {
  await using directory = await makeDataDirectory()
  await using first = new Member(directory.path)
  await using second = new Member(directory.path)
  await using third = new Member(directory.path)
  const members = [first, second, third]
  const ready = await Promise.all(members.map((member) => member.until('ready')))
  for (const { clientConfig } of ready) assert.deepEqual(clientConfig, ready[0]?.clientConfig)
  const pid = await getPostmasterPid(directory.path)

  await first.close()
  await second.kill()
  assert.equal(await getPostmasterPid(directory.path), pid)
  await third.close()
  assert.equal(await findPostmasterPid(directory.path), undefined)
})

test('all its servers survive a killed PostgreSQL together, on one new one', async () => {
  await using directory = await makeDataDirectory()
  await using first = new Member(directory.path)
  await using second = new Member(directory.path)
  await first.until('ready')
  await second.until('ready')
  process.kill(await getPostmasterPid(directory.path), 'SIGKILL')
  for (const event of ['restarting', 'ready'])
    await Promise.all([first.until(event), second.until(event)])
  await first.close()
  await getPostmasterPid(directory.path)
  await second.close()
  assert.equal(await findPostmasterPid(directory.path), undefined)
})

test('a PostgreSQL that is killed together with its server is started at once by the next', async () => {
  await using directory = await makeDataDirectory()
  await using killed = new Member(directory.path)
  const { clientConfig } = await killed.until('ready')
  assert(clientConfig)
  await query(clientConfig, 'CREATE TABLE kept AS SELECT 1 AS value')
  process.kill(await getPostmasterPid(directory.path), 'SIGKILL')
  await killed.kill()
  await using postgres = await openEmbeddedPostgres({ dataDir: directory.path, log })
  assert.deepEqual(await query(postgres.clientConfig, 'SELECT * FROM kept'), [{ value: 1 }])
})

test('coming and going at once never leaves a server without PostgreSQL, nor one behind', async () => {
  await using directory = await makeDataDirectory()
  const comeAndGo = async () => {
    for (let round = 0; round < 8; round++) {
      await using postgres = await openEmbeddedPostgres({ dataDir: directory.path, log })
      await query(postgres.clientConfig, 'SELECT')
    }
  }
  await Promise.all([comeAndGo(), comeAndGo(), comeAndGo()])
  assert.equal(await findPostmasterPid(directory.path), undefined)
})

test('coming and going at once is safe also where the last takes the data away', async () => {
  await using directory = await makeDataDirectory()
  const comeAndGo = async () => {
    for (let round = 0; round < 3; round++) {
      await using postgres = await openEmbeddedPostgres({
        dataDir: directory.path,
        log,
        ephemeral: true,
      })
      await query(postgres.clientConfig, 'SELECT')
    }
  }
  await Promise.all([comeAndGo(), comeAndGo()])
  assert.equal(await findPostmasterPid(directory.path), undefined)
})
