import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initialsOf } from './initials.ts'

test('initials are of the first and the last word, with accents and emoji whole', () => {
  assert.equal(initialsOf('Ada Lovelace'), 'AL')
  assert.equal(initialsOf('  juan carlos de la cruz '), 'JC')
  assert.equal(initialsOf('ludwig'), 'L')
  assert.equal(initialsOf('e\u0301mile zola'), 'E\u0301Z')
  assert.equal(initialsOf(''), '?')
})
