import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TokenBucket } from './token-bucket.ts'

test('lets a burst through and then asks to wait until the debt is paid', () => {
  const bucket = new TokenBucket({ ratePerSecond: 100, burst: 10, nowMs: 0 })
  assert.equal(bucket.take(10, 0), 0)
  assert.equal(bucket.take(5, 0), 50)
  assert.equal(bucket.take(0, 50), 0)
})

test('keeps no more than a burst, however long nothing is taken', () => {
  const bucket = new TokenBucket({ ratePerSecond: 100, burst: 10, nowMs: 0 })
  assert.equal(bucket.take(11, 60_000), 10)
})
