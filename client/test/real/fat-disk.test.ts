import assert from 'node:assert/strict'
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readlink,
  rename,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestServer } from '@cloudsync/server/testing'
import { mountFat } from '../../src/sync/testing/mount-image.ts'
import {
  eventually,
  openMachines,
  save,
  tellLogs,
  untilHolds,
  untilSame,
} from '../../testing/open-machines.ts'
import type { SyncClient } from '../../testing/sync-client.ts'

/** Two machines, of which the first keeps its folder on a FAT disk. */
async function openBesideFat() {
  const disk = await mountFat()
  if ('skip' in disk) return disk
  await using stack = new AsyncDisposableStack()
  stack.use(disk)
  const server = stack.use(await startTestServer())
  const folder = join(disk.directory, 'Linked')
  const { clients } = stack.use(await openMachines(server, [{ folder }, {}]))
  const [fat, other] = clients as [SyncClient, SyncClient]
  const kept = stack.move()
  return { clients, fat, other, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

test('a disk that knows no capitals and counts time by two seconds keeps in step with one that does', async (t) => {
  const opened = await openBesideFat()
  if ('skip' in opened) return t.skip(opened.skip)
  await using machines = opened
  const { fat, other } = machines
  const allWentWell = tellLogs(t, machines.clients)
  for (const client of machines.clients) client.start()

  await mkdir(join(fat.folder, 'Work'))
  await writeFile(join(fat.folder, 'Work/notes.md'), 'one\ntwo\nthree\n')
  await writeFile(join(fat.folder, 'photo.jpg'), Buffer.from('\0one'))
  await untilHolds(other, 'Work/notes.md', 'one\ntwo\nthree\n')
  await untilHolds(other, 'photo.jpg', Buffer.from('\0one'))

  // Of the same size, and so soon after the last that the time of the file says nothing.
  await writeFile(join(fat.folder, 'photo.jpg'), Buffer.from('\0two'))
  await untilHolds(other, 'photo.jpg', Buffer.from('\0two'))
  await save(join(other.folder, 'photo.jpg'), Buffer.from('\0six'))
  await untilHolds(fat, 'photo.jpg', Buffer.from('\0six'))
  await writeFile(join(fat.folder, 'photo.jpg'), Buffer.from('\0ten'))
  await untilHolds(other, 'photo.jpg', Buffer.from('\0ten'))

  // Only the capitals change, on either side, with content in it.
  await rename(join(other.folder, 'Work'), join(other.folder, 'WORK'))
  await eventually('the disk spells it anew', async () =>
    (await readdir(fat.folder)).includes('WORK'),
  )
  await rename(join(fat.folder, 'WORK/notes.md'), join(fat.folder, 'WORK/Notes.md'))
  await untilHolds(other, 'WORK/Notes.md', 'one\ntwo\nthree\n')

  // What differs in capitals alone cannot lie on this disk under one name.
  await writeFile(join(other.folder, 'WORK/NOTES.MD'), 'another\n')
  await writeFile(join(other.folder, 'WORK/notes.md'), 'a third\n')
  await eventually('all three are on both', async () => {
    const [there, here] = await Promise.all(
      machines.clients.map(async ({ folder: root }) => (await readdir(join(root, 'WORK'))).length),
    )
    return there === 3 && here === 3
  })
  await save(join(other.folder, 'WORK/Notes.md'), 'one\nTWO\nthree\n')
  await untilHolds(fat, 'WORK/Notes.md', 'one\nTWO\nthree\n')
  const same = await untilSame(machines.clients)
  assert.deepEqual([...same.values()].filter((content) => content === 'folder').length, 1)
  allWentWell()
})

test('a disk that knows neither modes nor links takes them from nobody', async (t) => {
  const opened = await openBesideFat()
  if ('skip' in opened) return t.skip(opened.skip)
  await using machines = opened
  const { fat, other } = machines
  const allWentWell = tellLogs(t, machines.clients)
  await mkdir(join(other.folder, 'tools'))
  for (const [name, content] of [
    ['run.sh', '#!/bin/sh\n'],
    ['tool', '\0one'],
  ] as const) {
    await writeFile(join(other.folder, 'tools', name), content)
    await chmod(join(other.folder, 'tools', name), 0o755)
  }
  await symlink('tool', join(other.folder, 'tools/link'))
  for (const client of machines.clients) client.start()
  await untilHolds(fat, 'tools/tool', '\0one')
  await untilHolds(fat, 'tools/run.sh', '#!/bin/sh\n')

  await writeFile(join(fat.folder, 'tools/tool'), '\0two')
  await writeFile(join(fat.folder, 'tools/run.sh'), '#!/bin/sh\necho\n')
  await untilHolds(other, 'tools/tool', '\0two')
  await untilHolds(other, 'tools/run.sh', '#!/bin/sh\necho\n')
  await rename(join(fat.folder, 'tools/tool'), join(fat.folder, 'moved'))
  await untilHolds(other, 'moved', '\0two')
  for (const name of ['tools/run.sh', 'moved'])
    assert.equal((await lstat(join(other.folder, name))).mode & 0o777, 0o755, name)
  assert.equal(await readlink(join(other.folder, 'tools/link')), 'tool')
  const explained = await fat.call('explain', join(fat.folder, 'tools/link'))
  assert.match(explained.stdout, /this disk cannot hold/)
  for (const client of machines.clients) assert.equal((await client.call('verify')).code, 0)
  allWentWell()
})
