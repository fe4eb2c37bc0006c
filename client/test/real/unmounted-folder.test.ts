import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, rmdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startTestServer } from '@cloudsync/server/testing'
import { openTemporaryFolder } from '../../testing/temporary-folder.ts'
import {
  eventually,
  openMachines,
  save,
  tellLogs,
  untilHolds,
  untilSame,
} from '../../testing/open-machines.ts'
import type { SyncClient } from '../../testing/sync-client.ts'

const run = promisify(execFile)
/** More than it takes until what is missing counts as deleted, and until it is looked for again. */
const longEnoughMs = 8_000
const files = 30

/** A machine whose folder is a disk that can be pulled out, and another one. */
async function openBoth(t: TestContext) {
  await using stack = new AsyncDisposableStack()
  const disks = stack.use(await openTemporaryFolder())
  const [place, elsewhere, image] = ['place', 'elsewhere', 'image'].map((name) =>
    join(disks.path, name),
  ) as [string, string, string]
  await mkdir(place)
  await mkdir(elsewhere)
  const skip = await prepare(image, place)
  if (skip !== undefined) return { skip }
  for (const at of [place, elsewhere]) stack.defer(() => unmount(at).catch(() => undefined))
  const server = stack.use(await startTestServer())
  const { clients } = stack.use(await openMachines(server, [{ folder: place }, {}]))
  const [away, other] = clients as [SyncClient, SyncClient]
  const allWentWell = tellLogs(t, clients)
  for (const client of clients) client.start()
  await mkdir(join(away.folder, 'Work'))
  for (let n = 0; n < files; n++) await writeFile(join(away.folder, `Work/${n}.md`), `text ${n}\n`)
  await writeFile(join(away.folder, 'photo.jpg'), Buffer.from('\0one'))
  const before = [...(await untilSame(clients)).keys()].toSorted()
  const opened = stack.move()
  const parts = { place, elsewhere, image, clients, away, other, before, allWentWell }
  return { ...parts, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

suite('a folder that is unmounted under its client', () => {
  for (const [how, isRestarted] of [
    ['and mounted again', false],
    ['while the client is started anew, and mounted again', true],
  ] as const)
    test(`${how}, deletes nothing anywhere`, async (t) => {
      const opened = await openBoth(t)
      if ('skip' in opened) return t.skip(opened.skip)
      await using both = opened
      const { place, elsewhere, image, away, other } = both
      await unmount(place)
      await eventually(
        'the client misses it',
        async () => (await away.status()).state === 'missing',
      )
      if (isRestarted) {
        await away.stop('SIGKILL')
        away.start()
      }
      await save(join(other.folder, 'Work/0.md'), 'text 0\nmore\n')
      await run('mount', [image, elsewhere])
      await save(join(elsewhere, 'Work/1.md'), 'text 1\non the disk that is away\n')
      await unmount(elsewhere)
      await delay(longEnoughMs)
      assert.deepEqual(await readdir(place), [])
      assert.equal((await away.status()).state, 'missing')
      assert.equal((await other.call('verify')).code, 0)
      assert.equal((await readdir(join(other.folder, 'Work'))).length, files)

      await run('mount', [image, place])
      await untilHolds(other, 'Work/1.md', 'text 1\non the disk that is away\n')
      await untilHolds(away, 'Work/0.md', 'text 0\nmore\n')
      // What is done there from now on is noticed as before.
      await save(join(away.folder, 'Work/2.md'), 'text 2\nand more\n')
      await untilHolds(other, 'Work/2.md', 'text 2\nand more\n')
      assert.deepEqual([...(await untilSame(both.clients)).keys()].toSorted(), both.before)
      both.allWentWell()
    })

  test('and mounted again at once, is watched as before', async (t) => {
    const opened = await openBoth(t)
    if ('skip' in opened) return t.skip(opened.skip)
    await using both = opened
    await run('sh', ['-c', 'umount -l "$1" && mount "$2" "$1"', 'sh', both.place, both.image])
    for (const n of [1, 2, 3]) {
      await save(join(both.away.folder, `Work/${n}.md`), `text ${n}\nand more\n`)
      await untilHolds(both.other, `Work/${n}.md`, `text ${n}\nand more\n`)
    }
    assert.deepEqual([...(await untilSame(both.clients)).keys()].toSorted(), both.before)
    both.allWentWell()
  })
})

/** A disk of its own, as one that can be pulled out. Says why not, where that is so. */
async function prepare(image: string, place: string): Promise<string | undefined> {
  try {
    await writeFile(image, '')
    await truncate(image, 32 * 1024 * 1024)
    await run('mkfs.ext4', ['-q', image])
    await run('mount', [image, place])
    await rmdir(join(place, 'lost+found'))
    return undefined
  } catch (error) {
    return `no disk can be mounted here: ${String(error)}`
  }
}

/** At once, whoever still has it open. */
async function unmount(place: string): Promise<void> {
  await run('umount', ['-l', place])
}
