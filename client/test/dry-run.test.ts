import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestServer } from '@cloudsync/server/testing'
import { SyncClient } from '../testing/sync-client.ts'

test('a dry run looks at both sides where nothing keeps them the same, and changes neither', async () => {
  await using server = await startTestServer()
  const { items } = await server.admin.get<{ items: { name: string; rootId: string }[] }>('/spaces')
  const [space] = items
  assert.ok(space)
  const { caller } = await server.admin.withToken(['files:read', 'files:write', 'account:read'])
  await using client = await SyncClient.open(server.url, caller.accessToken, space.name)
  await mkdir(join(client.folder, 'here'))
  await writeFile(join(client.folder, 'here', 'new.md'), 'not sent yet\n')
  const there = { parentId: space.rootId, name: 'there', kind: 'folder' }
  await server.admin.post('/nodes', there)

  const said = await client.mustCall('plan')
  assert.match(said, /↑ new folder +here\n/)
  assert.match(said, /↑ new +here\/new\.md\n/)
  assert.match(said, /↓ new folder +there\n/)

  const children = await server.admin.get<{ items: { name: string }[] }>(
    `/nodes/${space.rootId}/children`,
  )
  assert.deepEqual(
    children.items.map(({ name }) => name),
    ['there'],
  )
})
