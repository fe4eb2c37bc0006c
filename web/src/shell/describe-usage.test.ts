import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { describeUsage } from './describe-usage.ts'

suite('how full a space is', () => {
  test('is said with its quota, where it has one', () => {
    const usage = { usedBytes: 3_200_000_000, quotaBytes: 10_000_000_000 }
    assert.deepEqual(describeUsage(usage), { text: '3.2 GB of 10.0 GB used', tone: 'quiet' })
    assert.equal(describeUsage({ ...usage, quotaBytes: null }).text, '3.2 GB used')
  })

  test('is a warning from nine tenths on, and more when nothing fits any more', () => {
    const toneAt = (usedBytes: number) => describeUsage({ usedBytes, quotaBytes: 1_000 }).tone
    assert.deepEqual([899, 900, 999, 1_000, 2_000].map(toneAt), [
      'quiet',
      'warn',
      'warn',
      'danger',
      'danger',
    ])
    assert.equal(describeUsage({ usedBytes: 5, quotaBytes: null }).tone, 'quiet')
  })
})
