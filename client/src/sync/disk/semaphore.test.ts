import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import test from 'node:test'
import { Semaphore } from './semaphore.ts'

test('lets so many in at a time, in their order, also when fewer or more may be', async () => {
  const semaphore = new Semaphore(2)
  const [entered, ends]: [number[], PromiseWithResolvers<void>[]] = [[], []]
  const enter = (count: number) =>
    semaphore.run(() => {
      entered.push(count)
      const end = Promise.withResolvers<void>()
      ends.push(end)
      return end.promise
    })
  const all = [1, 2, 3, 4, 5, 6].map(enter)
  await setImmediate()
  assert.deepEqual(entered, [1, 2])
  semaphore.resize(1)
  ends[0]?.resolve()
  await setImmediate()
  assert.deepEqual(entered, [1, 2])
  ends[1]?.resolve()
  await setImmediate()
  assert.deepEqual(entered, [1, 2, 3])
  semaphore.resize(3)
  await setImmediate()
  assert.deepEqual(entered, [1, 2, 3, 4, 5])
  for (let index = 2; index < 6; index++) {
    ends[index]?.resolve()
    await setImmediate()
  }
  await Promise.all(all)
  assert.deepEqual(entered, [1, 2, 3, 4, 5, 6])
})
