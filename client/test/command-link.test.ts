import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
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
