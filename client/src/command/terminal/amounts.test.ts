import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { count, formatAge, formatBytes, formatDuration, parseBytes } from './amounts.ts'

suite('amounts as people read them', () => {
  test('bytes go up in steps of a thousand, and never show four digits', () => {
    const shown = [0, 999, 1000, 12_345, 999_499, 999_500, 1e6, 99_949_999, 99_950_000, 2.5e12]
    assert.deepEqual(shown.map(formatBytes), [
      '0 B',
      '999 B',
      '1.0 KB',
      '12.3 KB',
      '999 KB',
      '1.0 MB',
      '1.0 MB',
      '99.9 MB',
      '100 MB',
      '2.5 TB',
    ])
  })

  test('durations name at most two units', () => {
    const shown = [400, 59_400, 60_000, 3_599_000, 3_900_000, 50 * 3_600_000]
    assert.deepEqual(shown.map(formatDuration), [
      '0 s',
      '59 s',
      '1 min 00 s',
      '59 min 59 s',
      '1 h 05 min',
      '2 days',
    ])
  })

  test('ages are those of the past, whatever the clock did', () => {
    const shown = [-5000, 4000, 59_000, 61_000, 3_600_000, 3 * 86_400_000]
    assert.deepEqual(shown.map(formatAge), [
      'just now',
      'just now',
      '59 s ago',
      '1 min ago',
      '1 h ago',
      '3 days ago',
    ])
  })

  test('one is no plural, and thousands are parted', () => {
    assert.equal(count(1, 'file'), '1 file')
    assert.equal(count(12_345, 'file'), '12 345 files')
    assert.equal(count(2, 'item is', 'items are'), '2 items are')
  })

  test('rates are read as they are typed', () => {
    const read = ['500k', '2M', '1.5MiB/s', '1 GB', '10', '3KB', 'fast', '-1', '1.5.5', ''].map(
      parseBytes,
    )
    assert.deepEqual(read, [
      500_000,
      2_000_000,
      1_572_864,
      1_000_000_000,
      10,
      3000,
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})
