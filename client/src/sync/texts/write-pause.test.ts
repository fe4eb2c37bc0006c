import assert from 'node:assert/strict'
import { test } from 'node:test'
import { longestPauseMs, noteChange, pauseMs, quietMs, type Unrest } from './write-pause.ts'

test('a single change waits until it is quiet', () => {
  const unrest = noteChange(undefined, 1000)
  assert.equal(pauseMs(unrest, 1000), quietMs)
  assert.equal(pauseMs(unrest, 1000 + quietMs - 1), 1)
  assert.equal(pauseMs(unrest, 1000 + quietMs), 0)
})

test('changes without a pause wait no longer than the longest', () => {
  let unrest: Unrest | undefined
  let now = 0
  for (; now < longestPauseMs; now += 50) {
    unrest = noteChange(unrest, now)
    assert.ok(pauseMs(unrest, now) > 0)
  }
  assert.equal(pauseMs(noteChange(unrest, now), now), 0)
})

test('a clock that is set back makes nothing wait for longer', () => {
  assert.equal(pauseMs(noteChange(undefined, 1_000_000), 0), quietMs)
})
