import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, summarize } from './statistics.ts'

test('percentiles are those of the nearest rank', () => {
  const samples = Float64Array.from({ length: 100 }, (_, index) => 100 - index)
  assert.deepEqual(summarize(samples), { n: 100, p50: 50, p95: 95, p99: 99, max: 100 })
})

test('one sample is every percentile', () => {
  assert.deepEqual(summarize(Float64Array.of(7)), { n: 1, p50: 7, p95: 7, p99: 7, max: 7 })
})

test('no sample has no percentile', () => {
  assert.ok(Number.isNaN(summarize(new Float64Array()).p50))
})

test('the median of an even number of values lies between the middle two', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(median([3, 1, 2]), 2)
})
