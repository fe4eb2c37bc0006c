import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { seededRandom } from '@cloudsync/crdt/testing'
import {
  emptyLedger,
  pendingEdits,
  pendingOwnEdits,
  updateLedger,
  type EditLedger,
  type EditLedgerEvent,
} from './edit-ledger.ts'

function after(...events: EditLedgerEvent[]): EditLedger {
  return events.reduce(updateLedger, emptyLedger)
}

const edited = { type: 'edited' } as const
const frameSent = { type: 'frameSent' } as const
const socketOpened = { type: 'socketOpened' } as const
const saved = (received: number) => ({ type: 'saved', received }) as const

suite('edit ledger', () => {
  test('an edit is pending until the frame that carries it is durable', () => {
    const sent = after(socketOpened, frameSent, edited, frameSent)
    assert.equal(pendingEdits(sent), 1)
    assert.equal(pendingEdits(updateLedger(sent, saved(1))), 1)
    assert.equal(pendingEdits(updateLedger(sent, saved(2))), 0)
  })

  test('an edit made after a frame is not covered by it', () => {
    const ledger = after(socketOpened, frameSent, edited, frameSent, edited, frameSent, saved(2))
    assert.equal(pendingEdits(ledger), 1)
  })

  test('the SyncStep2 covers everything made before it, also what was made offline', () => {
    const ledger = after(edited, edited, edited, socketOpened, edited, frameSent)
    assert.equal(pendingEdits(ledger), 4)
    assert.equal(pendingEdits(updateLedger(ledger, saved(1))), 0)
  })

  test('a count of the socket before acknowledges nothing of this one', () => {
    const cut = after(socketOpened, frameSent, edited, frameSent, edited, frameSent)
    const reopened = updateLedger(cut, socketOpened)
    assert.equal(pendingEdits(updateLedger(reopened, saved(3))), 2)
  })

  test('one message may acknowledge many frames, and repeated ones change nothing', () => {
    const ledger = after(socketOpened, frameSent, edited, frameSent, edited, frameSent, saved(3))
    assert.equal(pendingEdits(ledger), 0)
    assert.deepEqual(updateLedger(ledger, saved(3)), ledger)
    assert.deepEqual(updateLedger(ledger, saved(0)), ledger)
  })

  test('what earlier pages left is counted, and told apart from what this page has made', () => {
    const ledger = after({ type: 'restored', edits: 3 }, edited, edited)
    assert.equal(pendingEdits(ledger), 5)
    assert.equal(pendingOwnEdits(ledger), 2)
    const acknowledged = [socketOpened, frameSent, edited, saved(1)].reduce(updateLedger, ledger)
    assert.equal(pendingEdits(acknowledged), 1)
    assert.equal(pendingOwnEdits(acknowledged), 1)
  })

  test('against a model: never fewer pending than the server really lacks', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 1e6)
    const random = seededRandom(seed)
    for (let round = 0; round < 300; round++) runModel(random, `seed ${seed}, round ${round}`)
  })
})

/**
 * A server that has what is durable, and a wire that may be cut at any moment. The client is what the
 * ledger's head comment describes.
 */
function runModel(random: () => number, name: string): void {
  let ledger = emptyLedger
  let made = 0
  let durable = 0
  let isOpen = false
  let hasSentState = false
  // What lies on the wire or in the server's memory of this socket: the last edit in each frame.
  let frames: number[] = []
  let received = 0
  const send = () => {
    frames.push(made)
    ledger = updateLedger(ledger, frameSent)
  }
  for (let step = 0; step < 60; step++) {
    const dice = random()
    if (dice < 0.4) {
      made++
      ledger = updateLedger(ledger, edited)
      if (isOpen && hasSentState) send()
    } else if (dice < 0.5) {
      isOpen = true
      hasSentState = false
      frames = []
      received = 0
      ledger = updateLedger(ledger, socketOpened)
    } else if (dice < 0.65 && isOpen && !hasSentState) {
      hasSentState = true
      send()
    } else if (dice < 0.75) {
      isOpen = false
    } else if (isOpen && frames.length > received) {
      received += 1 + Math.floor(random() * (frames.length - received))
      durable = Math.max(durable, frames[received - 1] ?? 0)
      ledger = updateLedger(ledger, saved(received))
    }
    const lacking = made - durable
    assert.ok(pendingEdits(ledger) >= lacking, `${name}, step ${step}: says saved, but is not`)
    assert.ok(ledger.acknowledged <= made, `${name}, step ${step}`)
  }
}
