import assert from 'node:assert/strict'
import test from 'node:test'
import { RefusedError, StaleError } from '../sync/engine/step-failures.ts'
import { explainFailure } from './explain-failure.ts'

test('what changed while a step was made is nothing unexpected', () => {
  assert.equal(
    explainFailure(new StaleError('it has changed on the server')).message,
    'it has changed on the server; it is looked at once more',
  )
})

test('what the server refuses is told in its words', () => {
  const refused = new RefusedError('quota_exceeded', 'The space is full')
  assert.equal(explainFailure(refused).message, 'The space is full')
})

test('what nobody has thought of says how to see more of it', () => {
  assert.match(explainFailure(new Error('what?')).message, /unexpected.*what\?.*CLOUDSYNC_DEBUG/)
})
