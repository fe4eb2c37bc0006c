import assert from 'node:assert/strict'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { startTestServer } from '@cloudsync/server/testing'
import { sharedByTests } from '../../server/testing/shared-by-tests.ts'
import { FileLock } from '../src/command/settings/file-lock.ts'
import { SyncClient } from '../testing/sync-client.ts'

const server = sharedByTests(await startTestServer())
const { caller } = await server.admin.withToken(['files:read', 'files:write', 'account:read'])

async function openClient(): Promise<SyncClient> {
  const { name } = await server.admin.post<{ name: string }>('/spaces', {
    name: `Space ${crypto.randomUUID()}`,
  })
  return SyncClient.open(server.url, caller.accessToken, name)
}

suite('cloudsync run --once comes back', () => {
  test('with 7 and a word where the link is paused', async () => {
    await using client = await openClient()
    await client.mustCall('pause')
    const { code, stderr } = await client.call('run', '--once')
    assert.equal(code, 7)
    assert.match(stderr, /it is paused, and nothing was done; go on by: cloudsync resume/)
  })

  test('although somebody was just asking about the link when it began', async () => {
    await using client = await openClient()
    await writeFile(join(client.folder, 'a.md'), 'said\n')
    await client.call('status')
    const state = join(client.home, 'state', 'cloudsync')
    const [linkId = ''] = (await readdir(state)).filter((name) => /^[\da-f-]{36}$/.test(name))
    const asking = FileLock.tryAcquire(join(state, linkId, 'lock'))
    assert.ok(asking)
    const ran = client.call('run', '--once')
    // As long as a start of the command takes, and a little more.
    for (let started = 0; started < 2; started++) await client.mustCall('--version')
    asking[Symbol.dispose]()
    assert.equal((await ran).code, 0)
  })

  test('with 1 where the folder is not there', async () => {
    await using client = await openClient()
    await rename(client.folder, `${client.folder} away`)
    const { code, stderr } = await client.call('run', '--once')
    assert.deepEqual(
      [code, /the folder is not there, or is another one; nothing was done/.test(stderr)],
      [1, true],
    )
  })

  test('with 4 where the server is away, and finds what was done meanwhile', async () => {
    await using other = await startTestServer()
    const token = await other.admin.withToken(['files:read', 'files:write', 'account:read'])
    const { items } = await other.admin.get<{ items: { name: string }[] }>('/spaces')
    await using client = await SyncClient.open(
      other.url,
      token.caller.accessToken,
      items[0]?.name ?? '',
    )
    await other.stop()
    await writeFile(join(client.folder, 'a.md'), 'offline\n')
    const { code, stderr } = await client.call('run', '--once')
    assert.deepEqual([code, /the server cannot be reached/.test(stderr)], [4, true])
    const plan = await client.call('plan')
    assert.deepEqual([plan.code, plan.stderr.split('\n').length > 0], [4, true])
    const explained = await client.call('explain', join(client.folder, 'a.md'))
    assert.equal(explained.code, 7)
    assert.match(explained.stdout, /The server cannot be reached/)
  })

  test('with 7 where a mass deletion is held, and goes on once it is approved or taken back', async () => {
    await using client = await openClient()
    const names = Array.from({ length: 150 }, (_, index) => `file ${index}.bin`)
    await mkdir(join(client.folder, 'many'))
    for (const name of names) await writeFile(join(client.folder, 'many', name), `\0${name}`)
    await client.mustCall('run', '--once')
    await rm(join(client.folder, 'many'), { recursive: true })
    const held = await client.call('run', '--once')
    assert.equal(held.code, 7)
    assert.match(held.stdout, /150 files of 150 would be deleted on the server/)
    const explained = await client.call('explain', join(client.folder, 'many', 'file 7.bin'))
    assert.match(explained.stdout, /would be deleted together with much else.*cloudsync approve/)
    const status = await client.call('status')
    assert.deepEqual([status.code, /held: 150 files of 150/.test(status.stdout)], [7, true])
    assert.match(await client.mustCall('approve'), /150 files will be deleted on the server/)
    await client.mustCall('run', '--once')
    const batch = /^([0-9a-f]{8})\b.*many/m.exec(await client.mustCall('undo'))?.[1]
    assert.ok(batch)
    assert.match(await client.mustCall('undo', batch), /back where/)
    await client.mustCall('run', '--once')
    assert.match(await client.mustCall('verify'), /The same.*150 files/)
  })

  test('with 0 where a deletion is taken back that was sent in several requests', async () => {
    await using client = await openClient()
    const many = join(client.folder, 'many')
    await mkdir(many)
    for (let n = 0; n < 1200; n++) await writeFile(join(many, `${n}.bin`), `\0${n}`)
    await client.mustCall('run', '--once')
    for (const name of await readdir(many)) await rm(join(many, name))
    await client.call('run', '--once')
    await client.mustCall('approve')
    await client.mustCall('run', '--once')
    assert.match(await client.mustCall('undo'), /^[0-9a-f]{8}\b.*many\/\d+\.bin and 1\s199 more\n$/)
    // Of each it names the request by which it went: any of them stands for the whole.
    const [, batch = ''] = /undo ([0-9a-f]{8})\n$/.exec(await client.mustCall('history')) ?? []
    assert.match(await client.mustCall('undo', batch), /^1\s200 items are back where they were/)
    assert.equal((await client.call('run', '--once')).code, 0)
    assert.match(await client.mustCall('verify'), /The same.*1\s200 files/)
  })

  test('with 7 and the reason where the space has no room', async () => {
    await using client = await openClient()
    const { items } = await server.admin.get<{ items: { id: string; name: string }[] }>('/spaces')
    const link = JSON.parse(await client.mustCall('links', '--json')) as { title: string }[]
    const space = items.find(({ name }) => name === link[0]?.title)
    await server.admin.patch(`/admin/spaces/${space?.id}`, { quotaBytes: 1000 })
    await writeFile(join(client.folder, 'large.bin'), Buffer.alloc(5000))
    const { code } = await client.call('run', '--once')
    assert.equal(code, 7)
    const explained = await client.call('explain', join(client.folder, 'large.bin'))
    assert.match(explained.stdout, /does not go on\n.*\n.*room.*\(quota_exceeded\)/)
  })
})
