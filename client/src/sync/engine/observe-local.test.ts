import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DiskError } from '../model/failures.ts'
import type { DiskPath } from '../ports.ts'
import { ext4 } from '../testing/test-scanner.ts'
import { openTestDisk } from '../testing/open-test-disk.ts'
import { testStepContext } from '../testing/test-step-context.ts'
import { LocalObserver } from './observe-local.ts'

const fullScanMs = 600_000

/** A folder that was looked at once, files in it that are being written, and a clock that a test puts forward. */
async function openObserver() {
  const { disk, user, ...rest } = await openTestDisk()
  const busy = new Set<string>()
  const hash = disk.hash.bind(disk)
  disk.hash = async (path) => (busy.has(path.join('/')) ? { kind: 'changed' } : await hash(path))
  const context = testStepContext({ disk })
  // Long after anything was written.
  let nowMs = Date.now() + 3_600_000
  const clock = { ...context.world.clock, now: () => nowMs }
  const observer = new LocalObserver({
    context: { ...context, world: { ...context.world, clock } },
    traits: ext4,
    fullScanMs,
  })
  const { signal } = new AbortController()
  /** Looks as often as it is due within that time, and where it is told to at the end. */
  const pass = async (ms: number, hint?: DiskPath) => {
    for (const endMs = nowMs + ms; nowMs < endMs;) {
      nowMs = Math.min(endMs, Math.max(nowMs + 1, observer.nextDueMs(nowMs)))
      if (observer.isDue(nowMs)) await observer.observe(signal)
    }
    if (!hint) return
    observer.suspect(hint)
    await observer.observe(signal)
  }
  const putBack = (ms: number) => {
    nowMs -= ms
  }
  const unread = () =>
    [...context.store.trees.local.values()].filter(
      ({ kind, content }) => kind === 'file' && content === null,
    ).length
  const write = async (folder: string) => {
    await user.makeFolder([folder])
    await user.write([folder, 'a'], `${folder}\n`)
    busy.add(`${folder}/a`)
  }
  const fail = (error: Error) => {
    const check = disk.check.bind(disk)
    disk.check = () => {
      disk.check = check
      return Promise.reject(error)
    }
  }
  /** The next list takes so long, as when the machine has other things to do. */
  const stall = (ms: number) => {
    const list = disk.list.bind(disk)
    disk.list = (path) => {
      disk.list = list
      nowMs += ms
      return list(path)
    }
  }
  const remove = (path: DiskPath) => user.remove(path)
  const names = () => [...context.store.trees.local.values()].map(({ name }) => name)
  return { ...rest, busy, pass, putBack, unread, write, remove, fail, stall, names }
}

test('a file that was being written is read soon, although something else is looked at before that', async () => {
  await using folder = await openObserver()
  const { write, busy, pass, unread } = folder
  await write('one')
  await write('two')
  busy.delete('two/a')
  await pass(1)
  busy.clear()
  await pass(100, ['two'])
  assert.equal(unread(), 1)
  await pass(1000)
  assert.equal(unread(), 0)
})

test('a file that was being written is read soon, although another one is written all the time', async () => {
  await using folder = await openObserver()
  const { write, busy, pass, unread } = folder
  await write('one')
  await write('two')
  await pass(1)
  busy.delete('one/a')
  for (let hints = 0; hints < 10; hints++) await pass(100, ['two'])
  assert.equal(unread(), 1)
})

test('files that were being written in very many folders are all read soon', async () => {
  await using folder = await openObserver()
  const { write, busy, pass, unread } = folder
  for (let count = 0; count < 1200; count++) await write(`${count}`)
  await pass(1)
  assert.equal(unread(), 1200)
  busy.clear()
  await pass(2000)
  assert.equal(unread(), 0)
})

test('a file that was being written is read soon, although the clock was put back', async () => {
  await using folder = await openObserver()
  const { write, busy, pass, putBack, unread } = folder
  await write('one')
  await pass(1)
  busy.clear()
  putBack(1_800_000)
  await pass(1000)
  assert.equal(unread(), 0)
})

test('what was told of is looked at again where the disk failed just after it was looked at', async () => {
  await using folder = await openObserver()
  const { write, pass, fail, names } = folder
  await pass(1)
  await write('one')
  fail(new DiskError('EIO', 'check'))
  await assert.rejects(pass(1, []), DiskError)
  assert.deepEqual(names(), [])
  await pass(1000)
  assert.deepEqual(names().toSorted(), ['a', 'one'])
})

test('what is gone is soon believed to be, although everything was looked at slowly once', async () => {
  await using folder = await openObserver()
  const { write, remove, pass, stall, names } = folder
  await write('one')
  stall(16_000)
  await pass(1)
  assert.deepEqual(names().toSorted(), ['a', 'one'])
  await remove(['one'])
  await pass(1000, [])
  await pass(30_000)
  assert.deepEqual(names(), [])
})
