import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyAwarenessUpdate, Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { fuzz } from '../testing/fuzz.ts'
import { mutateBytes } from '../testing/mutate-bytes.ts'
import { wireBytes } from '../testing/wire-bytes.ts'
import { awarenessLimits, scanAwareness } from './scan-awareness.ts'

test('[AW1] gives what stock awareness sends', () => {
  const doc = new Y.Doc()
  doc.clientID = 9
  const awareness = new Awareness(doc)
  awareness.setLocalState({ cursor: { at: 3 }, name: 'Ä' })
  assert.deepEqual(scanAwareness(encodeAwarenessUpdate(awareness, [9])), {
    kind: 'ok',
    entries: [{ clientId: 9, clock: 1, state: '{"cursor":{"at":3},"name":"Ä"}', bytes: 31 }],
  })
  awareness.setLocalState(null)
  assert.deepEqual(scanAwareness(encodeAwarenessUpdate(awareness, [9])), {
    kind: 'ok',
    entries: [{ clientId: 9, clock: 2, state: null, bytes: 4 }],
  })
  awareness.destroy()
})

test('[AW1] takes the answer to a query in a large audience', () => {
  const states = Array.from({ length: 1_000 }, (_, client) =>
    wireBytes(client, 1, `{"name":"${'n'.repeat(300)}"}`),
  )
  assert.equal(scanAwareness(wireBytes(1_000, ...states)).kind, 'ok')
})

test('[AW2] refuses what is above a limit and what is no JSON', () => {
  const reasonOf = (bytes: Uint8Array, limits = {}) => {
    const scan = scanAwareness(bytes, { ...awarenessLimits, ...limits })
    return scan.kind === 'refused' ? scan.reason : scan.kind
  }
  assert.equal(reasonOf(wireBytes(1, 1, 1, `"${'x'.repeat(4_095)}"`)), 'too_large')
  assert.equal(reasonOf(wireBytes(1, 1, 1, '1'), { maxBytes: 3 }), 'too_large')
  assert.equal(reasonOf(wireBytes(2, 1, 1, '1', 2, 1, '1'), { maxEntries: 1 }), 'too_many_clients')
  assert.equal(reasonOf(wireBytes(1, 1, 1, `${'['.repeat(33)}${']'.repeat(33)}`)), 'nesting')
  for (const text of ['', '{', 'undefined', '{"a":1'])
    assert.equal(reasonOf(wireBytes(1, 1, 1, text)), 'malformed')
  assert.equal(reasonOf(wireBytes(30_000_000, 1, 1, '1')), 'malformed')
  assert.equal(reasonOf(wireBytes(1, 1, 1, '1', 0)), 'malformed')
})

test('[AW3] never throws, and stock awareness applies what it takes', () => {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  const updates = [
    wireBytes(0),
    wireBytes(1, 5, 3, '{"cursor":{"anchor":1,"head":2},"user":{"name":"a"}}'),
    wireBytes(3, 5, 3, 'null', 6, 1, '{}', 7, 70_000, '[1,"ä",true]'),
  ]
  fuzz({ runs: 50_000, seed: 50 }, (random) => {
    const bytes = mutateBytes(random, random.pick(updates), random.pick(updates))
    if (scanAwareness(bytes).kind === 'ok') applyAwarenessUpdate(awareness, bytes, 'fuzz')
  })
  awareness.destroy()
})
