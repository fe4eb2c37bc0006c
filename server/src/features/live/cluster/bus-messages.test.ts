import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '@cloudsync/crdt/testing'
import { decodeBusMessage, encodeBusMessage, type BusMessage } from './bus-messages.ts'

const messages: readonly BusMessage[] = [
  {
    kind: 'rows',
    position: { epoch: 3, seq: 2 ** 40 },
    payloads: [Uint8Array.of(1, 2), Uint8Array.of(), new Uint8Array(70_000).fill(7)],
  },
  { kind: 'rows', position: { epoch: 1, seq: 1 }, payloads: [] },
  { kind: 'presence', update: Uint8Array.of(9, 8) },
  { kind: 'who' },
]

test('what servers tell each other arrives as it was sent', () => {
  for (const message of messages)
    assert.deepEqual(decodeBusMessage(encodeBusMessage('a-server', message)), {
      sender: 'a-server',
      message,
    })
})

test('bytes of another making are no message, and harm nobody', () => {
  const random = new Random(1)
  for (const message of messages) {
    const bytes = encodeBusMessage('a-server', message)
    for (let run = 0; run < 300; run += 1) {
      const changed = bytes.slice(0, random.below(Math.min(bytes.length, 90)) + 1)
      changed[random.below(changed.length)] = random.below(256)
      decodeBusMessage(changed)
    }
  }
  assert.equal(decodeBusMessage(Uint8Array.of(1, 65, 200, 1)), undefined)
})

test('a keystroke costs little more than its update', () => {
  const payload = new Uint8Array(30)
  const message = { kind: 'rows', position: { epoch: 1, seq: 1_000_000 }, payloads: [payload] }
  const { length } = encodeBusMessage('12345678', message as BusMessage)
  assert.ok(length <= payload.length + 16, `${length} bytes`)
})
