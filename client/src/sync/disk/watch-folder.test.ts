import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { watch } from 'node:fs'
import { test } from 'node:test'
import type { Fingerprint } from '../model/entry.ts'
import type { DiskPath } from '../ports.ts'
import { openTestDisk } from '../testing/open-test-disk.ts'
import type { WatchProblem } from './watch-folder.ts'

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

async function openWatched() {
  const folder = await openTestDisk(tmpdir(), { gatherMs: 5 })
  const stop = new AbortController()
  await folder.user.makeFolder(['a'])
  const hints = folder.disk.watch(stop.signal)[Symbol.asyncIterator]()
  assert.deepEqual(await hints.next(), { done: false, value: undefined })
  return {
    ...folder,
    hints,
    async until(path: DiskPath) {
      for (;;) {
        const { value, done } = await hints.next()
        assert.ok(!done)
        if (value?.join('/') === path.join('/')) return
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      assert.equal((await hints.next()).done, true)
      await folder[Symbol.asyncDispose]()
    },
  }
}

/** Puts a folder there that has another one in it. */
async function moveIn(place: string) {
  await using elsewhere = await openTestDisk()
  await elsewhere.user.makeFolder(['x'])
  await elsewhere.user.makeFolder(['x', 'y'])
  execFileSync('mv', [`${elsewhere.root}/x`, place])
}

test('tells in which folder something changed', async () => {
  await using folder = await openWatched()
  await folder.user.write(['a', 'b'], 'one')
  await folder.until(['a'])
  await folder.user.write(['c'], 'one')
  await folder.until([])
  await folder.user.remove(['a', 'b'])
  await folder.until(['a'])
})

test('watches folders that come later, also those that were moved here with others in them', async () => {
  await using folder = await openWatched()
  await moveIn(`${folder.root}/a/x`)
  await folder.until(['a', 'x'])
  await folder.user.write(['a', 'x', 'y', 'z'], 'one')
  await folder.until(['a', 'x', 'y'])
  await folder.user.move(['a', 'x'], ['w'])
  await folder.until(['w'])
  await folder.user.write(['w', 'y', 'z'], 'two')
  await folder.until(['w', 'y'])
})

test('has each folder of those that came looked at, as it may have been filled before it was watched', async () => {
  await using folder = await openWatched()
  await moveIn(`${folder.root}/a/x`)
  await folder.until(['a', 'x', 'y'])
})

test('says nothing of what the client does in its own folder', async () => {
  await using folder = await openWatched()
  await folder.user.write(['.cloudsync', 'tmp', 'x'], 'one')
  await folder.user.write(['.cloudsync', 'y'], 'one')
  await folder.user.write(['a', 'b'], 'one')
  const first = await folder.hints.next()
  assert.deepEqual(first.value, ['a'])
})

test('says nothing of files that the client puts there, but of what others make of them', async () => {
  await using folder = await openWatched()
  const isTold = process.platform !== 'linux'
  const write = (name: string, expected: Fingerprint | null) =>
    folder.disk.write(['a', name], bytesOf(name), expected)
  const first = await write('first', null)
  const second = await write('second', null)
  assert.ok(first.kind === 'done' && second.kind === 'done')
  assert.equal((await write('first', first.value)).kind, 'done')
  await folder.user.write(['c'], 'one')
  const next = await folder.hints.next()
  assert.deepEqual(next.value, isTold ? ['a'] : [])
  await folder.user.write(['a', 'second'], 'another')
  await folder.until(['a'])
  await folder.user.remove(['a', 'first'])
  await folder.until(['a'])
})

test('says that it may be anywhere, again and again', async () => {
  let nowMs = 0
  const waiting: { atMs: number; go: () => void }[] = []
  const clock = {
    now: () => nowMs,
    delay(ms: number, signal?: AbortSignal) {
      return new Promise<void>((resolve) => {
        waiting.push({ atMs: nowMs + ms, go: resolve })
        signal?.addEventListener('abort', () => resolve(), { once: true })
      })
    },
  }
  await using folder = await openTestDisk(tmpdir(), { clock, watchedRescanMs: 900_000 })
  const stop = new AbortController()
  const hints = folder.disk.watch(stop.signal)[Symbol.asyncIterator]()
  let told = 0
  const listening = (async () => {
    for (;;) {
      if ((await hints.next()).done) return
      told++
    }
  })()
  while (told < 3) {
    nowMs += 30_000
    for (const { go } of waiting
      .splice(0)
      .filter((timer) => timer.atMs <= nowMs || !waiting.push(timer)))
      go()
    await new Promise(setImmediate)
  }
  assert.ok(nowMs >= 2 * 900_000)
  stop.abort()
  await listening
})

test('says once what to do where the system watches no more folders, and looks at everything instead', async () => {
  const problems: WatchProblem[] = []
  const limited = (...args: Parameters<typeof watch>) => {
    if (String(args[0]).endsWith('/a')) throw Object.assign(new Error('watch'), { code: 'ENOSPC' })
    return watch(...args)
  }
  await using folder = await openTestDisk(tmpdir(), {
    gatherMs: 1,
    unwatchedRescanMs: 10,
    watch: limited as typeof watch,
    onWatchProblem: (problem) => problems.push(problem),
  })
  await folder.user.makeFolder(['a'])
  await folder.user.makeFolder(['b'])
  const stop = new AbortController()
  const hints = folder.disk.watch(stop.signal)[Symbol.asyncIterator]()
  for (let round = 0; round < 3; round++)
    assert.deepEqual(await hints.next(), { done: false, value: undefined })
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['watch-limit'],
  )
  assert.match(problems[0]?.detail ?? '', /fs\.inotify\.max_user_watches/)
  stop.abort()
  assert.equal((await hints.next()).done, true)
})
