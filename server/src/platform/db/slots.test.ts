import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Slots } from './slots.ts'

test('so many run at a time, and the others in the order in which they came', async () => {
  const slots = new Slots(2)
  const began: number[] = []
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>())
  const runs = ends.map(({ promise }, index) =>
    slots.run(async () => {
      began.push(index)
      await promise
    }),
  )
  assert.deepEqual(began, [0, 1])
  ends[1]?.resolve()
  await runs[1]
  assert.deepEqual(began, [0, 1, 2])
  ends[0]?.reject(new Error('failed'))
  await assert.rejects(runs[0] as Promise<void>, /failed/)
  ends[2]?.resolve()
  ends[3]?.resolve()
  await Promise.all([runs[2], runs[3]])
  assert.deepEqual(began, [0, 1, 2, 3])
  await slots.run(async () => undefined)
})
