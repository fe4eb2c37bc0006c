import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isoTime } from './iso-time.ts'

test('a time is written as toISOString writes it, on any day that there is', () => {
  const marks = [-8.64e15, -62_198_755_200_001, -1, 0, 951_782_399_999, 1_796_259_723_069, 8.64e15]
  const steps = [-86_400_000, -1, 0, 1, 999, 59_999, 3_599_999, 86_399_999]
  for (const mark of marks)
    for (const step of steps) {
      const date = new Date(mark + step)
      if (!Number.isNaN(date.getTime())) assert.equal(isoTime(date), date.toISOString())
    }
})

test('a date that is none has no text', () => {
  assert.throws(() => isoTime(new Date(Number.NaN)), RangeError)
})
