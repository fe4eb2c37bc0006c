import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTestDisk } from '../testing/open-test-disk.ts'

const kills = 50
const fileBytes = 300_000
const worker = join(import.meta.dirname, '../testing/disk-writing-worker.ts')

test(`a file is the old one or the new one, whole, after each of ${kills} kills in the middle of writes`, async () => {
  await using folder = await openTestDisk()
  const { root, disk } = folder
  await folder.user.write(['file'], 'a'.repeat(fileBytes))
  let leftovers = 0
  for (let kill = 0; kill < kills; kill++) {
    const child = spawn(process.execPath, [worker, root], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    // Spread over what a round takes, so that every step of it is hit.
    await untilMs(performance.now() + ((kill * 37) % 60))
    child.kill('SIGKILL')
    await once(child, 'close')
    leftovers += (await readdir(join(root, '.cloudsync/tmp'))).length
    const names = (await disk.list([])).map(({ name }) => name)
    assert.ok(names.includes('file'), `kill ${kill}: the file is gone`)
    for (const name of names) await requireWhole(join(root, name))
  }
  assert.ok(leftovers > 0, 'no kill came in the middle of a write')
  await disk.recover()
  assert.deepEqual(await readdir(join(root, '.cloudsync/tmp')), [])
  for (const { name } of await disk.list([])) {
    assert.equal((await stat(join(root, name))).nlink, 1, `${name} has a second name`)
  }
})

async function requireWhole(path: string): Promise<void> {
  const bytes = await readFile(path)
  assert.equal(bytes.length, fileBytes, path)
  assert.ok(
    bytes.every((byte) => byte === bytes[0]),
    `${path} is of two files`,
  )
}

/** Turns of the event loop rather than a timer, whose ticks would kill at the same steps again and again. */
async function untilMs(atMs: number): Promise<void> {
  while (performance.now() < atMs) await new Promise(setImmediate)
}
