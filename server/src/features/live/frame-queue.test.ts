import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrameQueue } from './frame-queue.ts'

test('a queue says when more waits than should, and when that is done', async () => {
  const told: boolean[] = []
  const queue = new FrameQueue({
    onError: (error) => assert.fail(String(error)),
    onBehind: (isBehind) => told.push(isBehind),
  })
  const { promise: first, resolve: goOn } = Promise.withResolvers<void>()
  const handled: number[] = []
  queue.run(() => first, 10 * 1024 * 1024)
  for (const number of [1, 2, 3])
    queue.run(() => {
      handled.push(number)
    }, 600 * 1024)
  assert.deepEqual(told, [true])
  assert.deepEqual(handled, [])
  const done = new Promise<void>((resolve) => queue.run(resolve))
  goOn()
  await done
  assert.deepEqual(handled, [1, 2, 3])
  assert.deepEqual(told, [true, false])
})
