import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as encoding from 'lib0/encoding'
import { SyncGate } from './sync-gate.ts'

function frame(...numbers: number[]): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, 'text:0')
  for (const number of numbers) encoding.writeVarUint(encoder, number)
  return encoding.toUint8Array(encoder)
}

const step1 = frame(0, 0)
const step2 = frame(0, 1)
const update = frame(0, 2)

suite('sync gate', () => {
  test('lets no update out before the SyncStep2', () => {
    const gate = new SyncGate()
    assert.equal(gate.outgoing(update).kind, 'early')
    assert.equal(gate.outgoing(step1).kind, 'other')
    assert.equal(gate.outgoing(update).kind, 'early')
    assert.equal(gate.outgoing(step2).kind, 'state')
    assert.equal(gate.outgoing(update).kind, 'state')
  })

  test('counts each further SyncStep2, which answers a server that lost something', () => {
    const gate = new SyncGate()
    gate.outgoing(step2)
    assert.equal(gate.outgoing(step2).kind, 'state')
  })

  test('does not mind greeting, presence and messages', () => {
    const gate = new SyncGate()
    for (const type of [1, 2, 3, 5, 10]) assert.equal(gate.outgoing(frame(type, 1)).kind, 'other')
  })
})
