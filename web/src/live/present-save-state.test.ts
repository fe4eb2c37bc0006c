import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { deriveSaveState, type LinkState } from '@cloudsync/client/live'
import { presentSaveState } from './present-save-state.ts'

suite('what a person is told', () => {
  const online = { kind: 'online' } as const
  const say = (link: LinkState, pending: number, canEdit = true, isPersistent = true) =>
    presentSaveState(deriveSaveState(link, pending, canEdit), isPersistent)

  test('is “Saved” only on an open link with nothing pending', () => {
    assert.equal(say(online, 0), 'Saved')
    assert.equal(say(online, 1), 'Saving…')
    assert.equal(say({ kind: 'reconnecting' }, 0), 'Reconnecting…')
    assert.equal(say({ kind: 'offline' }, 0), 'Offline')
  })

  test('counts what is on this device only', () => {
    assert.equal(say({ kind: 'offline' }, 1), 'Offline, 1 change on this device')
    assert.equal(say({ kind: 'offline' }, 3), 'Offline, 3 changes on this device')
    assert.equal(say({ kind: 'connecting' }, 2), 'Reconnecting, 2 changes on this device')
  })

  test('does not claim a place that keeps nothing', () => {
    assert.equal(say({ kind: 'offline' }, 2, true, false), 'Offline, 2 changes in this tab only')
  })

  test('names read-only, refused and ended documents', () => {
    assert.equal(say(online, 0, false), 'Read-only')
    assert.equal(
      say({ kind: 'refused', reason: 'read_only' }, 0),
      'Could not be saved, kept on this device',
    )
    assert.equal(say({ kind: 'ended', code: 'trashed' }, 0), 'Closed')
    assert.equal(
      say({ kind: 'ended', code: 'trashed' }, 4),
      'Could not be saved, kept on this device',
    )
  })
})
