import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeDaysLeft } from './days-left.ts'

test('a day that has begun still counts', () => {
  const now = Date.parse('2026-11-01T12:00:00Z')
  assert.equal(describeDaysLeft('2026-12-01T12:00:00Z', now), '30 days left')
  assert.equal(describeDaysLeft('2026-11-01T13:00:00Z', now), '1 day left')
  assert.equal(describeDaysLeft('2026-11-01T11:00:00Z', now), 'deleted soon')
})
