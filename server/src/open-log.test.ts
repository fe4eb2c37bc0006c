import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeError } from './open-log.ts'

test('an error is logged with its code and its causes, and without what hangs on it', () => {
  const cause = Object.assign(new Error('the disk is full'), { code: 'ENOSPC' })
  const error = Object.assign(new Error('not stored', { cause }), {
    code: '53100',
    client: { password: 'secret', socket: {} },
    retry: () => undefined,
  })
  const described = JSON.stringify(describeError(error))
  assert.match(described, /not stored.*the disk is full/)
  assert.match(described, /53100.*ENOSPC/)
  assert.doesNotMatch(described, /secret|socket|client/)
  assert.equal(describeError('a text'), 'a text')
})
