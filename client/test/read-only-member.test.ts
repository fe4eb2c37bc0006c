import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { startTestServer, waitUntil, type TestCaller } from '@cloudsync/server/testing'
import { SyncClient } from '../testing/sync-client.ts'

interface Space {
  readonly id: string
  readonly name: string
  readonly rootId: string
}

const scopes = ['files:read', 'files:write', 'account:read']
const json = { 'content-type': 'application/json' }

async function findSpace(admin: TestCaller): Promise<Space> {
  const { items } = await admin.get<{ items: Space[] }>('/spaces')
  assert.ok(items[0])
  return items[0]
}

async function openMember(server: Awaited<ReturnType<typeof startTestServer>>) {
  const bo = await server.addUser('Bo')
  const space = await findSpace(server.admin)
  const giveRole = (role: string) =>
    server.admin.put(
      `/spaces/${space.id}/members`,
      JSON.stringify({ email: 'bo@example.com', role }),
      json,
    )
  await giveRole('viewer')
  const { caller } = await bo.withToken(scopes)
  const client = await SyncClient.open(server.url, caller.accessToken, space.name)
  return { space, client, giveRole }
}

suite('a member who may only look', () => {
  test('is told that what was made here stays here, and that it goes on as soon as it may', async () => {
    await using server = await startTestServer()
    const { space, client, giveRole } = await openMember(server)
    await using _client = client
    await mkdir(join(client.folder, 'mine'))
    await writeFile(join(client.folder, 'mine/a.md'), 'words\n')
    await writeFile(join(client.folder, 'b.md'), 'more\n')
    client.start()
    const status = async () => (await client.call('status')).stdout
    await waitUntil('both wait', async () => /3 items wait: you may look/.test(await status()))
    assert.doesNotMatch(client.log, /forbidden|may not/)
    const explained = await client.call('explain', join(client.folder, 'mine/a.md'))
    assert.match(explained.stdout, /waits[^]*you may look at it on the server and not change it/)

    await giveRole('editor')
    const names = async () => {
      const { items } = await server.admin.get<{ items: { name: string }[] }>(
        `/nodes/${space.rootId}/children`,
      )
      return items.map(({ name }) => name).toSorted()
    }
    await waitUntil('it has arrived', async () => (await names()).join() === 'b.md,mine')
  })

  test('keeps what they typed into a text beside it', async () => {
    await using server = await startTestServer()
    const { client } = await openMember(server)
    await using _client = client
    await server.admin.createText('shared.md')
    await client.mustCall('run', '--once')
    await writeFile(join(client.folder, 'shared.md'), 'typed here\n')
    const once = await client.call('run', '--once', '--verbose')
    assert.match(once.stdout, /↓ kept as a copy/)
    assert.equal(await readFile(join(client.folder, 'shared (2).md'), 'utf8'), 'typed here\n')
    assert.equal(await readFile(join(client.folder, 'shared.md'), 'utf8'), '')
  })
})

test('a folder that somebody has shared is linked by its name, without the space around it', async () => {
  await using server = await startTestServer()
  const bo = await server.addUser('Bo')
  const { rootId } = await findSpace(server.admin)
  const makeFolder = (parentId: string, name: string) =>
    server.admin.post<{ id: string }>('/nodes', { parentId, name, kind: 'folder' })
  const around = await makeFolder(rootId, 'Around')
  const shared = await makeFolder(around.id, 'Shared')
  await server.admin.send('PUT', `/nodes/${shared.id}/grants`, {
    headers: json,
    body: JSON.stringify({ subject: { kind: 'user', email: 'bo@example.com' }, role: 'editor' }),
  })
  const { caller } = await bo.withToken(scopes)
  await using client = await SyncClient.open(server.url, caller.accessToken, 'Shared')
  await writeFile(join(client.folder, 'a.bin'), Buffer.from([0, 1, 2]))
  await client.mustCall('run', '--once')
  await client.mustCall('verify')
  assert.match(await client.mustCall('history', join(client.folder, 'a.bin')), /^1 .*uploaded/)
  const { items } = await server.admin.get<{ items: { name: string }[] }>(
    `/nodes/${shared.id}/children`,
  )
  assert.deepEqual(
    items.map(({ name }) => name),
    ['a.bin'],
  )
})
