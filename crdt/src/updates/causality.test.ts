import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { wireBytes, byte } from '../testing/wire-bytes.ts'
import { causalGaps, missingReferences, newStructClients } from './causality.ts'
import { scanUpdate } from './scan-update.ts'
import type { UpdateScan } from './update-scan.ts'

function scanned(update: Uint8Array): UpdateScan {
  const scan = scanUpdate(update)
  if (scan.kind === 'refused') assert.fail(scan.detail)
  return scan
}

const known = (clocks: Record<number, number>) => (client: number) => clocks[client] ?? 0

/** Client 1: clocks 0–4, then 7–9. Client 2: clock 4. */
const update = wireBytes(2, 3, 1, 0, 0, 5, 10, 2, 0, 3, 1, 2, 4, 0, 1, 0)

test('[CA1] reports the ids that are neither known nor in the update', () => {
  const scan = scanned(update)
  assert.deepEqual(causalGaps(scan, known({})), [
    { client: 1, clock: 5, length: 2 },
    { client: 2, clock: 0, length: 4 },
  ])
  assert.deepEqual(causalGaps(scan, known({ 1: 6, 2: 4 })), [{ client: 1, clock: 6, length: 1 }])
  assert.deepEqual(causalGaps(scan, known({ 1: 7, 2: 99 })), [])
})

test('[CA1] reports the gap that a lost frame leaves', () => {
  const doc = new Y.Doc()
  doc.clientID = 5
  const frames: Uint8Array[] = []
  doc.on('update', (frame: Uint8Array) => frames.push(frame))
  for (const word of ['one ', 'two ', 'three']) doc.getText('content').insert(0, word)
  const server = new Y.Doc()
  Y.applyUpdate(server, frames[0] ?? new Uint8Array())
  const clock = (client: number) => Y.getState(server.store, client)
  assert.deepEqual(causalGaps(scanned(frames[1] ?? new Uint8Array()), clock), [])
  assert.deepEqual(causalGaps(scanned(frames[2] ?? new Uint8Array()), clock), [
    { client: 5, clock: 4, length: 4 },
  ])
})

test('[CA2] reports what structs of other clients build on and nobody has', () => {
  const item = (client: number, clock: number) => wireBytes(byte(0x84), client, clock, 'a')
  const scan = scanned(wireBytes(2, 1, 1, 0, item(2, 9), 1, 2, 5, item(3, 4), 0))
  assert.deepEqual(missingReferences(scan, known({ 2: 5, 3: 5 })), [{ client: 2, clock: 9 }])
  assert.deepEqual(missingReferences(scan, known({ 2: 10 })), [{ client: 3, clock: 4 }])
  const chained = scanned(wireBytes(2, 1, 1, 0, item(2, 5), 1, 2, 5, item(3, 4), 0))
  assert.deepEqual(missingReferences(chained, known({ 2: 5, 3: 5 })), [])
  // Behind a gap of its own client the struct itself waits.
  assert.deepEqual(missingReferences(chained, known({ 2: 4, 3: 5 })), [{ client: 2, clock: 5 }])
})

test('[CA3] names the clients of unknown structs, each once, and none for deletes', () => {
  const scan = scanned(update)
  assert.deepEqual(newStructClients(scan, known({})), [1, 2])
  assert.deepEqual(newStructClients(scan, known({ 1: 9, 2: 5 })), [1])
  assert.deepEqual(newStructClients(scan, known({ 1: 10, 2: 5 })), [])
  assert.deepEqual(newStructClients(scanned(wireBytes(0, 1, 8, 1, 0, 5)), known({})), [])
})
