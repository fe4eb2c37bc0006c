import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { startTestServer, testAdmin, waitUntil } from '@cloudsync/server/testing'
import { createClient } from '@cloudsync/client'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { SyncClient } from '../testing/sync-client.ts'

const server = sharedByTests(await startTestServer())
const { caller } = await server.admin.withToken(['files:read', 'files:write', 'account:read'])
const ada = createClient({ url: server.url, credentials: testAdmin })

async function openLinked() {
  const space = await ada.spaces.create(`Space ${crypto.randomUUID()}`)
  return { space, client: await SyncClient.open(server.url, caller.accessToken, space.name) }
}

test('a folder that is linked is not linked once more by another way to it', async () => {
  const { space, client } = await openLinked()
  await using _client = client
  const way = join(client.home, 'way')
  await symlink(client.folder, way)
  for (const more of [[], ['--relink']]) {
    const again = await client.call('link', way, space.name, ...more)
    assert.deepEqual([again.code, /is linked with .* already/.test(again.stderr)], [1, true])
  }
  assert.match((await client.call('status', way, '--json')).stdout, /"path":/)
})

test('what is no folder, or can be none, is told as that', async () => {
  const { space, client } = await openLinked()
  await using _client = client
  const file = join(client.home, 'file')
  await writeFile(file, '')
  assert.match((await client.call('link', file, space.name)).stderr, /is no folder/)
  if (process.platform !== 'linux') return
  assert.equal((await client.call('link', '/proc/x', space.name)).code, 1)
})

test('who runs all links runs one that is made meanwhile, too', async () => {
  const { client } = await openLinked()
  await using _client = client
  client.start()
  await waitUntil('it runs', () => client.log.includes('in step'))
  const other = await ada.spaces.create(`Space ${crypto.randomUUID()}`)
  const folder = join(client.home, 'Other')
  await mkdir(folder)
  await writeFile(join(folder, 'a.md'), 'words\n')
  await client.mustCall('link', folder, other.name)
  await waitUntil(
    'it is there',
    async () => (await ada.spaces.nodeAt(other.id, 'a.md').catch(() => undefined)) !== undefined,
  )
  await client.mustCall('unlink', folder)
  await waitUntil('the other one goes on', async () => (await client.status()).state === 'idle')
  assert.equal(await client.stop(), 0)
})

suite('cloudsync unlink', () => {
  async function openFilled() {
    const { space, client } = await openLinked()
    const at = (path: string) => join(client.folder, path)
    await mkdir(at('d'))
    await writeFile(at('d/a.md'), 'words\n')
    await writeFile(at('b.bin'), '\0bytes')
    const textOf = async (path: string) =>
      ada.content.text((await ada.spaces.nodeAt(space.id, path)).id)
    const isWhole = async () => {
      assert.equal(await readFile(at('d/a.md'), 'utf8'), 'words\n')
      assert.equal(await readFile(at('b.bin'), 'utf8'), '\0bytes')
      assert.equal(await textOf('d/a.md'), 'words\n')
      assert.equal(await textOf('b.bin'), '\0bytes')
      assert.deepEqual(await ada.trash.list(space.id).all(), [])
    }
    return { space, client, at, textOf, isWhole }
  }

  test('deletes nothing on either side, and linking again brings together what has become of both', async () => {
    const { space, client, at, textOf, isWhole } = await openFilled()
    await using _client = client
    await client.mustCall('run', '--once')
    assert.match(await client.mustCall('unlink', client.folder), /is linked no more/)
    await isWhole()
    assert.deepEqual(JSON.parse(await client.mustCall('links', '--json')), [])
    assert.deepEqual(await readdir(join(client.home, 'state', 'cloudsync')), [])
    assert.equal((await client.call('unlink', client.folder)).code, 5)

    await writeFile(at('here.md'), 'here\n')
    await ada.nodes.createFile({ parentId: space.rootId, name: 'there.md', content: 'there\n' })
    await client.mustCall('link', client.folder, space.name)
    await client.mustCall('run', '--once')
    await isWhole()
    assert.equal(await readFile(at('there.md'), 'utf8'), 'there\n')
    assert.equal(await textOf('here.md'), 'here\n')
    assert.match(await client.mustCall('verify'), /The same.*4 files/)
  })

  test('has the process that keeps the folder in step let go of it', async () => {
    const { space, client, at, textOf, isWhole } = await openFilled()
    await using _client = client
    client.start()
    await waitUntil('all is there', async () => (await textOf('b.bin').catch(() => '')) !== '')
    await waitUntil('it is in step', async () => (await client.call('verify')).code === 0)
    await client.mustCall('unlink', client.folder)
    await waitUntil('its process has ended', () => !client.isRunning)
    assert.equal(client.endedBy, '0', client.log)
    await isWhole()
    await writeFile(at('after.md'), 'of this machine alone\n')
    const other = await ada.spaces.create(`Space ${crypto.randomUUID()}`)
    await client.mustCall('link', client.folder, other.name)
    await client.mustCall('run', '--once')
    const names = (await ada.nodes.children(space.rootId).all()).map(({ name }) => name)
    assert.deepEqual(names.toSorted(), ['b.bin', 'd'])
    assert.equal((await ada.nodes.children(other.rootId).all()).length, 3)
  })
})

suite('cloudsync pause', () => {
  test('--all leaves all folders as they are, and resume --all goes on with them', async () => {
    const { space, client } = await openLinked()
    await using _client = client
    const other = await ada.spaces.create(`Space ${crypto.randomUUID()}`)
    const folder = join(client.home, 'Other')
    await client.mustCall('link', folder, other.name)
    const listed = async () => {
      const roots = [space.rootId, other.rootId]
      return Promise.all(roots.map(async (id) => (await ada.nodes.children(id).all()).length))
    }
    const states = async () => {
      const all = JSON.parse((await client.call('status', '--json')).stdout) as { state: string }[]
      return all.map(({ state }) => state)
    }
    client.start()
    await waitUntil('both are in step', () => client.log.split('in step').length === 3)
    await client.mustCall('pause', '--all')
    assert.deepEqual(await states(), ['paused', 'paused'])
    await waitUntil('both rest', () => client.log.split(': paused').length === 3)
    for (const one of [client.folder, folder]) await writeFile(join(one, 'a.md'), 'words\n')
    await ada.nodes.createFile({ parentId: other.rootId, name: 'b.md', content: 'there\n' })
    // Also after a restart.
    await client.stop()
    client.log = ''
    client.start()
    await waitUntil('both rest', () => client.log.split(': paused').length === 3)
    assert.deepEqual(await listed(), [0, 1])
    assert.deepEqual(await readdir(folder), ['.cloudsync', 'a.md'])

    await client.mustCall('resume', '--all')
    await waitUntil('both are sent', async () => (await listed()).join() === '1,2')
    await waitUntil('it has come', async () => (await readdir(folder)).includes('b.md'))
    await waitUntil('both are in step', async () => (await states()).join() === 'idle,idle')
  })
})

suite('exit codes', () => {
  test('are 2 for what no command knows', async () => {
    await using client = await SyncClient.openNew()
    const asked = [
      [],
      ['lnik'],
      ['status', '--wrong'],
      ['unlink', 'a', 'b'],
      ['explain'],
      ['undo', 'abcd', '--since', '1h'],
    ]
    const codes = await Promise.all(asked.map(async (args) => (await client.call(...args)).code))
    assert.deepEqual(
      codes,
      asked.map(() => 2),
    )
  })

  test('are 5 where no such folder is linked', async () => {
    const { client } = await openLinked()
    await using _client = client
    await using none = await SyncClient.openNew()
    for (const args of [['run'], ['run', '--once'], ['pause'], ['unlink'], ['plan'], ['verify']])
      assert.equal((await none.call(...args)).code, 5, args.join(' '))
    const outside = join(client.home, 'elsewhere')
    for (const command of ['run', 'pause', 'resume', 'unlink', 'explain', 'exclude', 'restore']) {
      const { code, stderr } = await client.call(command, outside)
      assert.equal(code, 5, command)
      assert.match(stderr, /cloudsync links shows those that are/)
    }
  })

  test('are 6 where another process has the link', async () => {
    const { client } = await openLinked()
    await using _client = client
    client.start()
    await waitUntil('it runs', () => client.log.includes('in step'))
    for (const more of [[], ['--once']]) {
      const { code, stderr } = await client.call('run', ...more)
      assert.equal(code, 6)
      assert.match(stderr, /Another process keeps .* in step already; see: cloudsync status/)
    }
    assert.ok(client.isRunning)
  })
})
