import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draftOfQuota, readQuota } from './quota-draft.ts'

test('a quota is shown in the unit that says it shortest, and read back as it was', () => {
  const shown: readonly (readonly [number, string, string])[] = [
    [10_000_000_000, '10', 'GB'],
    [1_500_000_000_000, '1.5', 'TB'],
    [250_000_000, '250', 'MB'],
    [0, '0', 'MB'],
    [123_456_789, '123.456789', 'MB'],
  ]
  for (const [bytes, amount, unit] of shown) {
    const draft = draftOfQuota(bytes)
    assert.deepEqual(draft, { isLimited: true, amount, unit })
    assert.equal(readQuota(draft), bytes)
  }
  assert.equal(readQuota(draftOfQuota(null)), null)
})

test('an amount may have a comma, and what is no amount is none', () => {
  const read = (amount: string) => readQuota({ isLimited: true, amount, unit: 'GB' })
  assert.equal(read(' 2,5 '), 2_500_000_000)
  for (const amount of ['', '-1', '1e3', 'ten', '1.2.3', '999999999999'])
    assert.equal(read(amount), undefined, amount)
})
