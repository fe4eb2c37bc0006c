import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerTime } from './answer-time.ts'

test('answers are slow when many were, not when one was, however slow, and quick again when many are', () => {
  const time = new AnswerTime()
  for (let n = 0; n < 200; n += 1) time.note(10)
  time.note(3_600_000)
  assert.ok(time.ms < 300, String(time.ms))
  for (let n = 0; n < 200; n += 1) time.note(5_000)
  assert.ok(time.ms > 4_500, String(time.ms))
  for (let n = 0; n < 200; n += 1) time.note(10)
  assert.ok(time.ms < 300, String(time.ms))
})
