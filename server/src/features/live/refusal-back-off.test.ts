import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RefusalBackOff } from './refusal-back-off.ts'

test('makes a refused user wait longer each time, up to a minute', () => {
  const backOff = new RefusalBackOff()
  backOff.refused('ada', 0)
  assert.equal(backOff.remainingMs('ada', 0), 500)
  backOff.refused('ada', 500)
  assert.equal(backOff.remainingMs('ada', 500), 1_000)
  for (let time = 0; time < 20; time += 1) backOff.refused('ada', 1_000)
  assert.equal(backOff.remainingMs('ada', 1_000), 60_000)
})

test('lets a user start over who was not refused for ten minutes', () => {
  const backOff = new RefusalBackOff()
  for (let time = 0; time < 20; time += 1) backOff.refused('ada', 0)
  backOff.refused('ada', 60_000 + 600_000)
  assert.equal(backOff.remainingMs('ada', 660_000), 500)
})

test('asks nobody else to wait', () => {
  const backOff = new RefusalBackOff()
  backOff.refused('ada', 0)
  assert.equal(backOff.remainingMs('bob', 0), 0)
})

test('remembers a bounded number of users', () => {
  const backOff = new RefusalBackOff()
  for (let user = 0; user <= 10_000; user += 1) backOff.refused(`user ${user}`, 0)
  assert.equal(backOff.remainingMs('user 0', 0), 0)
  assert.equal(backOff.remainingMs('user 10000', 0), 500)
})
