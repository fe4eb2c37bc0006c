import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { fuzz } from '../testing/fuzz.ts'
import { mutateBytes } from '../testing/mutate-bytes.ts'
import { wireBytes } from '../testing/wire-bytes.ts'
import { scanStateVector } from './scan-state-vector.ts'

function vectorOf(clients: number): Uint8Array {
  return wireBytes(
    clients,
    ...Array.from({ length: clients }, (_, index) => wireBytes(index * 65_537, index + 1)),
  )
}

test('[SV1] takes the state vectors of documents and counts their clients', () => {
  const doc = new Y.Doc()
  assert.deepEqual(scanStateVector(Y.encodeStateVector(doc)), { kind: 'ok', clientCount: 0 })
  doc.getText('content').insert(0, 'x')
  assert.deepEqual(scanStateVector(Y.encodeStateVector(doc)), { kind: 'ok', clientCount: 1 })
  assert.deepEqual(scanStateVector(vectorOf(20_000)), { kind: 'ok', clientCount: 20_000 })
})

test('[SV1] refuses more clients than the limit, claims without bytes, and bytes left over', () => {
  const reasonOf = (bytes: Uint8Array, maxClients = 100) => {
    const scan = scanStateVector(bytes, { maxClients })
    return scan.kind === 'refused' ? scan.reason : scan.kind
  }
  assert.equal(reasonOf(vectorOf(101)), 'too_many_clients')
  assert.equal(reasonOf(wireBytes(30_000_000, 1, 1)), 'malformed')
  assert.equal(reasonOf(wireBytes(1, 1, 1, 1)), 'malformed')
  assert.equal(reasonOf(new Uint8Array()), 'malformed')
})

test('[SV2] never throws, and Yjs decodes what it takes', () => {
  const vectors = [0, 1, 2, 5, 40].map(vectorOf)
  fuzz({ runs: 50_000, seed: 40 }, (random) => {
    const bytes = mutateBytes(random, random.pick(vectors), random.pick(vectors))
    if (scanStateVector(bytes).kind === 'ok') Y.decodeStateVector(bytes)
  })
})
