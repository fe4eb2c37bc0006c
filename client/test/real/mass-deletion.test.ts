import assert from 'node:assert/strict'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { startTestServer, type TestServer } from '@cloudsync/server/testing'
import {
  eventually,
  openMachines,
  save,
  tellLogs,
  untilHolds,
  untilSame,
} from '../../testing/open-machines.ts'
import { hashFolder } from '../../testing/hash-folder.ts'
import type { SyncClient } from '../../testing/sync-client.ts'

const folders = 10
const filesInFolder = 20
const files = folders * filesInFolder

async function openFilled(server: TestServer, t: TestContext) {
  const machines = await openMachines(server, [{}, {}])
  const [one, other] = machines.clients as [SyncClient, SyncClient]
  const allWentWell = tellLogs(t, machines.clients)
  for (const client of machines.clients) client.start()
  for (let folder = 0; folder < folders; folder++) {
    await mkdir(join(one.folder, `Work ${folder}`))
    for (let n = 0; n < filesInFolder; n++)
      await writeFile(join(one.folder, `Work ${folder}/${n}.md`), `text ${n} in ${folder}\n`)
  }
  const before = await untilSame(machines.clients)
  // `rm -rf` of all but two folders.
  for (let folder = 2; folder < folders; folder++)
    await rm(join(one.folder, `Work ${folder}`), { recursive: true })
  await eventually('the deletion is held', () => isHeld(one, 'remote'))
  return { machines, one, other, before, allWentWell }
}

/** All of it: what is missing is not all noticed at the same moment. */
async function isHeld(client: SyncClient, side: 'remote' | 'local'): Promise<boolean> {
  const { held } = await client.status()
  return held.some((h) => h.side === side && h.files === files - 2 * filesInFolder)
}

suite('most of a folder is deleted at once', () => {
  test('nothing of it goes until it is approved, and all of it comes back by one command', async (t) => {
    await using server = await startTestServer()
    const { machines, one, other, before, allWentWell } = await openFilled(server, t)
    await using _machines = machines
    // All else goes on.
    await save(join(one.folder, 'Work 0/0.md'), 'text 0 in 0\nand more\n')
    await untilHolds(other, 'Work 0/0.md', 'text 0 in 0\nand more\n')
    assert.equal(
      (await readdir(other.folder)).filter((name) => name !== '.cloudsync').length,
      folders,
    )

    const beforeApproval = await hashFolder(other.folder)
    assert.deepEqual([...beforeApproval.keys()].toSorted(), [...before.keys()].toSorted())
    await one.mustCall('approve')
    // Somebody has to agree on each machine where so much would go.
    await eventually('it is held on the other machine', () => isHeld(other, 'local'))
    assert.deepEqual(await hashFolder(other.folder), beforeApproval)
    await other.mustCall('approve')
    await eventually(
      'it is gone on the other machine too',
      async () => (await readdir(other.folder)).length === 3,
    )
    const left = await untilSame(machines.clients)
    assert.equal(
      [...left.values()].filter((content) => content !== 'folder').length,
      2 * filesInFolder,
    )

    // It was one deletion, and is one to be taken back.
    const [batch = '', ...others] = (await one.mustCall('undo')).trim().split('\n')
    assert.deepEqual(others, [])
    await one.mustCall('undo', batch.split(' ')[0] ?? '')
    await eventually(
      'all of it is back',
      async () => (await hashFolder(other.folder)).size === before.size,
      60_000,
    )
    const after = await untilSame(machines.clients)
    assert.deepEqual([...after.keys()].toSorted(), [...before.keys()].toSorted())
    for (const [path, content] of before)
      if (path !== 'Work 0/0.md') assert.equal(after.get(path), content, path)
    allWentWell()
  })

  test('it comes back where it is rejected, also after the client was killed meanwhile', async (t) => {
    await using server = await startTestServer()
    const { machines, one, other, before, allWentWell } = await openFilled(server, t)
    await using _machines = machines
    await one.stop('SIGKILL')
    one.start()
    await eventually('the deletion is held again', () => isHeld(one, 'remote'))
    assert.equal((await readdir(other.folder)).length, folders + 1)
    await one.mustCall('approve', '--reject')
    await eventually('all is back', async () => (await hashFolder(one.folder)).size === before.size)
    assert.deepEqual(await untilSame(machines.clients), before)
    allWentWell()
  })
})
