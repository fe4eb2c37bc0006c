import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { promisify } from 'node:util'
import { startTestServer } from '@cloudsync/server/testing'
import { mountTmpfs } from '../../src/sync/testing/mount-image.ts'
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
const mib = 1024 * 1024

suite('a disk that fills', () => {
  for (const [what, isAll] of [
    ['with the folder', false],
    ['with the folder and the database of the client', true],
  ] as const)
    test(`${what} loses nothing, goes on with what fits, and with the rest when there is room`, async (t) => {
      const mounted = await mountTmpfs(12 * 1024)
      if ('skip' in mounted) return t.skip(mounted.skip)
      await using disk = mounted
      await using server = await startTestServer()
      const folder = join(disk.directory, 'Linked')
      const env = isAll ? { XDG_STATE_HOME: join(disk.directory, 'state') } : {}
      await using machines = await openMachines(server, [{ folder, env }, {}])
      const [small, large] = machines.clients as [SyncClient, SyncClient]
      const allWentWell = tellLogs(t, machines.clients)
      for (const client of machines.clients) client.start()
      await writeFile(join(small.folder, 'notes.md'), 'one\ntwo\nthree\n')
      await writeFile(
        join(small.folder, 'old.bin'),
        Buffer.concat([Buffer.alloc(1), randomBytes(mib)]),
      )
      await untilSame(machines.clients)

      const film = Buffer.concat([Buffer.alloc(1), randomBytes(20 * mib)])
      await writeFile(join(large.folder, 'film.bin'), film)
      await eventually('the client says that the disk is full', async () => {
        const { problems } = await small.status()
        return problems.some(({ code, path }) => code === 'ENOSPC' && path === 'film.bin')
      })
      assert.ok(!(await readdir(small.folder)).includes('film.bin'))
      await save(join(large.folder, 'notes.md'), 'ONE\ntwo\nthree\n')
      await untilHolds(small, 'notes.md', 'ONE\ntwo\nthree\n')
      await save(join(small.folder, 'notes.md'), 'ONE\ntwo\nTHREE\n')
      await untilHolds(large, 'notes.md', 'ONE\ntwo\nTHREE\n')

      // To the last byte, by another program, also with what a part of the film gives back that did not fit.
      const other = join(disk.directory, 'other')
      const staged = join(small.folder, '.cloudsync/tmp')
      await mkdir(other)
      await eventually('nothing is free', async () => {
        const isHeld = (await readdir(staged)).length > 0
        return (await fill(other)) === 0 && !isHeld && (await readdir(staged)).length === 0
      })
      await save(
        join(large.folder, 'notes.md'),
        `ONE\nTWO\nTHREE\n${'and much more\n'.repeat(5000)}`,
      )
      await save(join(large.folder, 'new.md'), 'something new\n'.repeat(1000))
      await eventually('the client has trouble', async () => {
        await small.call('status')
        return /ENOSPC|full|room/i.test(small.log.slice(-20_000)) || small.endedBy !== undefined
      })
      assert.equal(await readFile(join(small.folder, 'notes.md'), 'utf8'), 'ONE\ntwo\nTHREE\n')
      assert.equal(small.endedBy, undefined, 'a full disk is no reason to end')
      assert.deepEqual(await readFile(join(large.folder, 'film.bin')), film)

      await run('mount', ['-o', 'remount,size=64m', disk.directory])
      await rm(other, { recursive: true })
      await untilSame(machines.clients, 90_000)
      assert.deepEqual(await readFile(join(small.folder, 'film.bin')), film)
      assert.deepEqual(await readdir(join(small.folder, '.cloudsync/tmp')), [])
      allWentWell()
    })
})

/** Gives how many files there was room for. */
async function fill(folder: string): Promise<number> {
  let written = 0
  for (let size = mib; ;)
    try {
      await writeFile(join(folder, randomUUID()), randomBytes(size))
      written += 1
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      if (size === 1) return written
      size = Math.max(1, Math.floor(size / 8))
    }
}
