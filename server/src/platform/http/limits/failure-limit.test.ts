import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FailureLimit } from './failure-limit.ts'

const policy = { name: 'codes', what: 'wrong codes', failures: 3, windowSeconds: 60 }
const later = () => new Promise((resolve) => setImmediate(resolve))

test('guesses that are sent at once count like guesses sent in turn', async () => {
  const limit = new FailureLimit(policy)
  let looks = 0
  const guess = () =>
    limit.run('ada', async () => {
      looks += 1
      await later()
      return undefined
    })
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, guess))
  assert.equal(looks, 3)
  assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 17)
  await assert.rejects(limit.run('ada', later), { code: 'rate_limited' })
  assert.equal(await limit.run('bob', () => Promise.resolve('right')), 'right')
})

test('what is right, or fails for another reason, counts for nothing', async () => {
  const limit = new FailureLimit(policy)
  for (let round = 0; round < 10; round += 1) {
    assert.equal(await limit.run('ada', () => Promise.resolve('right')), 'right')
    const broken = limit.run('ada', () => Promise.reject(new Error('no database')))
    await assert.rejects(broken, { message: 'no database' })
  }
})
