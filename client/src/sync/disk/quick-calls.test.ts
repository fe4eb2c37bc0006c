import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QuickCalls } from './quick-calls.ts'

test('calls go to the background for a while once one took long', async () => {
  let nowMs = 0
  const calls = new QuickCalls(() => nowMs)
  const made: string[] = []
  const make = (tookMs: number) =>
    calls.run(
      () => {
        nowMs += tookMs
        made.push('at once')
      },
      async () => {
        made.push('in the background')
      },
    )
  await make(0.1)
  await make(50)
  await make(0.1)
  assert.deepEqual(made, ['at once', 'at once', 'in the background'])
  for (let call = 0; call < 1000; call++) await make(0.1)
  assert.equal(made.at(-1), 'at once', 'and back')
})

test('a call now and then that took long is nothing, and many are', async () => {
  let nowMs = 0
  const calls = new QuickCalls(() => nowMs)
  let inBackground = 0
  const make = (tookMs: number) =>
    calls.run(
      () => void (nowMs += tookMs),
      async () => void (inBackground += 1),
    )
  for (let call = 0; call < 10_000; call++) await make(call % 100 === 0 ? 4 : 0.05)
  assert.equal(inBackground, 0, 'another process had the processor')
  for (let call = 0; call < 100; call++) await make(call % 4 === 0 ? 4 : 0.05)
  assert.ok(inBackground > 50, 'a disk that is slow')
})

test('a call that fails at once fails as one in the background', async () => {
  const calls = new QuickCalls()
  const fail = (): never => {
    throw new Error('no')
  }
  await assert.rejects(async () => calls.run(fail, () => Promise.reject(new Error('no'))))
})
