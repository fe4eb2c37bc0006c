import assert from 'node:assert/strict'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestServer } from '@cloudsync/server/testing'
import { openMachines, save, tellLogs, untilHolds, untilSame } from '../../testing/open-machines.ts'
import type { SyncClient } from '../../testing/sync-client.ts'

const dayMs = 86_400_000
const preload = new URL('../../testing/shifted-clock.ts', import.meta.url).href
const shifted = (shiftMs: number) => ({
  NODE_OPTIONS: `--import=${preload}`,
  CLOCK_SHIFT_MS: String(shiftMs),
})

test('clocks that are two days apart, and one that is put back, decide nothing', async (t) => {
  await using server = await startTestServer()
  await using machines = await openMachines(server, [
    { env: shifted(dayMs) },
    { env: shifted(-dayMs) },
  ])
  const [ahead, behind] = machines.clients as [SyncClient, SyncClient]
  const allWentWell = tellLogs(t, machines.clients)
  for (const client of machines.clients) client.start()
  await mkdir(join(ahead.folder, 'notes'))
  await save(join(ahead.folder, 'notes/a.md'), 'one\ntwo\nthree\n')
  await save(join(ahead.folder, 'photo.jpg'), Buffer.from('\0first'))
  await untilSame(machines.clients)

  // Who is behind writes last, and that stands.
  await save(join(behind.folder, 'photo.jpg'), Buffer.from('\0second'))
  await untilHolds(ahead, 'photo.jpg', Buffer.from('\0second'))
  await save(join(behind.folder, 'notes/a.md'), 'one\ntwo\nTHREE\n')
  await save(join(ahead.folder, 'notes/a.md'), 'ONE\ntwo\nthree\n')
  await untilHolds(ahead, 'notes/a.md', 'ONE\ntwo\nTHREE\n')
  await untilSame(machines.clients)

  await rm(join(behind.folder, 'photo.jpg'))
  await writeFile(join(behind.folder, 'new.txt'), 'made yesterday\n')
  await untilHolds(ahead, 'new.txt', 'made yesterday\n')
  assert.ok(!(await untilSame(machines.clients)).has('photo.jpg'))

  // It does believe that it is tomorrow.
  const [trashed = ''] = await readdir(join(ahead.folder, '.cloudsync/trash'))
  assert.ok(Date.parse(trashed.slice(0, 10)) > Date.now(), trashed)

  // The clock of one of them is put right, which is back by a day.
  await ahead.stop()
  ahead.env = {}
  await writeFile(join(ahead.folder, 'new.txt'), 'made yesterday\nand today\n')
  ahead.start()
  await untilHolds(behind, 'new.txt', 'made yesterday\nand today\n')
  await save(join(behind.folder, 'notes/a.md'), 'ONE\nTWO\nTHREE\n')
  await untilHolds(ahead, 'notes/a.md', 'ONE\nTWO\nTHREE\n')
  await untilSame(machines.clients)
  allWentWell()
})
