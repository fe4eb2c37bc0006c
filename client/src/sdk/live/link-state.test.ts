import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { closeCodes } from '@cloudsync/protocol'
import { readClose, readDenial } from './close-reason.ts'
import { updateLink, type LinkEvent, type LinkState } from './link-state.ts'
import { reconnectDelayMs } from './reconnect-delay.ts'

function after(...events: LinkEvent[]): LinkState {
  return events.reduce<LinkState>(updateLink, { kind: 'connecting' })
}

suite('link state', () => {
  test('a cut is a reconnection first, and offline when it lasts', () => {
    assert.equal(after({ type: 'synced' }, { type: 'lost' }).kind, 'reconnecting')
    assert.equal(
      after({ type: 'synced' }, { type: 'lost' }, { type: 'waitedLong' }, { type: 'lost' }).kind,
      'offline',
    )
    assert.equal(after({ type: 'waitedLong' }, { type: 'synced' }).kind, 'online')
  })

  test('a refusal stays, whatever the closing socket says afterwards', () => {
    const refused = after({ type: 'synced' }, { type: 'refused', reason: 'malformed' })
    assert.deepEqual(updateLink(refused, { type: 'ended', code: 'updateRefused' }), refused)
    assert.deepEqual(updateLink(refused, { type: 'lost' }), refused)
  })

  test('a final close stays', () => {
    const ended = after({ type: 'ended', code: 'trashed' })
    for (const type of ['synced', 'lost', 'waitedLong'] as const) {
      assert.deepEqual(updateLink(ended, { type }), ended)
    }
  })
})

suite('close codes', () => {
  test('every code of the protocol is read as it is declared there', () => {
    for (const [name, { code, reason, fatal }] of Object.entries(closeCodes)) {
      assert.equal(readClose(code).kind, fatal ? 'final' : 'retry', name)
      assert.equal(readDenial(reason).kind, fatal ? 'final' : 'retry', name)
    }
  })

  test('unknown codes of the final range are final, other unknown ones are not', () => {
    assert.equal(readClose(4499).kind, 'final')
    assert.equal(readClose(4600).kind, 'retry')
    assert.equal(readClose(1006).kind, 'retry')
  })

  test('the provider closing a silent socket itself is no final close', () => {
    assert.equal(readClose(4408).kind, 'retry')
  })

  test('who was too fast waits', () => {
    assert.deepEqual(readClose(closeCodes.rateLimited.code), {
      kind: 'retry',
      minimumDelayMs: 5000,
    })
  })
})

suite('reconnecting', () => {
  test('waits longer each time, up to half a minute, never less than half of it', () => {
    assert.equal(reconnectDelayMs(0, 0), 250)
    assert.equal(reconnectDelayMs(0, 0.999), 500)
    assert.equal(reconnectDelayMs(4, 0), 4000)
    assert.equal(reconnectDelayMs(1000, 0.5), 22_500)
    assert.equal(reconnectDelayMs(0, 0, 5000), 5000)
  })
})
