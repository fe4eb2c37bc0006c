import assert from 'node:assert/strict'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { startTestServer } from '@cloudsync/server/testing'
import { SyncClient } from '../testing/sync-client.ts'

suite('a folder that is not kept on this machine', () => {
  test('goes from the disk alone, and comes back whole when it is wanted again', async () => {
    await using server = await startTestServer()
    const { items } = await server.admin.get<{ items: { name: string }[] }>('/spaces')
    const { caller } = await server.admin.withToken(['files:read', 'files:write', 'account:read'])
    const name = items[0]?.name ?? ''
    await using client = await SyncClient.open(server.url, caller.accessToken, name)
    const folder = join(client.folder, 'docs')
    await mkdir(folder)
    await writeFile(join(folder, 'a.md'), 'hello\n')
    await writeFile(join(folder, 'b.bin'), Buffer.from([0, 1]))
    await client.mustCall('run', '--once')
    await client.mustCall('exclude', folder)
    await client.mustCall('run', '--once')
    await assert.rejects(access(folder))
    assert.match((await client.call('undo')).stderr, /Nothing lies in the trash/)
    await client.mustCall('include', folder)
    await client.mustCall('run', '--once')
    assert.equal(await readFile(join(folder, 'a.md'), 'utf8'), 'hello\n')
    assert.match((await client.call('undo')).stderr, /Nothing lies in the trash/)
    await client.mustCall('verify')
  })
})
