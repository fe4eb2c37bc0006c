import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '../api/api-error.ts'
import { findFault, readFault, readPatch, type SettingsDraft } from './settings-draft.ts'

const before: SettingsDraft = {
  name: 'Marketing',
  conflictPolicy: 'last_write_wins',
  trashDays: '30',
}

test('only the settings that were changed are sent', () => {
  assert.deepEqual(readPatch({ ...before, name: ' Marketing ' }, before), {})
  assert.deepEqual(readPatch({ ...before, trashDays: '7' }, before), { trashDays: 7 })
  assert.deepEqual(readPatch({ ...before, name: 'Sales ', conflictPolicy: 'ask' }, before), {
    name: 'Sales',
    conflictPolicy: 'ask',
  })
})

test('a name of spaces and days that are none are told before they are sent', () => {
  assert.equal(findFault(before), undefined)
  assert.equal(findFault({ ...before, trashDays: '3650' }), undefined)
  assert.match(findFault({ ...before, name: '  ' })?.name ?? '', /needs a name/)
  for (const trashDays of ['', '0', '-1', '1.5', '3651', '1e2', 'a week'])
    assert.match(findFault({ ...before, trashDays })?.trashDays ?? '', /whole number/, trashDays)
})

test('what the server says of a field stands at the field, and the rest below the form', () => {
  const errors = [{ path: 'body.name', message: 'Control characters cannot be used' }]
  assert.deepEqual(readFault(new ApiError('bad_request', { errors })), {
    name: 'Control characters cannot be used',
    trashDays: undefined,
  })
  assert.match(readFault(new ApiError('forbidden')).form ?? '', /not saved\. Your role/)
})
