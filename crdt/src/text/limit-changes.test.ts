import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { fuzz } from '../testing/fuzz.ts'
import { editRandomly, randomText } from '../testing/random-text.ts'
import { diffText } from './diff-text.ts'
import { limitChanges } from './limit-changes.ts'
import { applyTextChanges, applyToString } from './text-change.ts'

test('[TC4] fewer changes make the same text', () => {
  fuzz({ runs: 2_000, seed: 8_000 }, (random) => {
    const base = randomText(random)
    const next = editRandomly(random, base, () => randomText(random, 4))
    const changes = diffText(base, next)
    const max = 1 + random.below(5)
    const limited = limitChanges(base, changes, max)
    assert.ok(limited.length <= max)
    assert.equal(applyToString(base, limited), next)
    if (changes.length <= max) assert.equal(limited, changes)
  })
})

test('[TC4] joins what lies close first', () => {
  const changes = [0, 2, 20, 22].map((from) => ({ from, to: from + 1, insert: 'x' }))
  assert.deepEqual(limitChanges('abcdefghijklmnopqrstuvwxyz', changes, 2), [
    { from: 0, to: 3, insert: 'xbx' },
    { from: 20, to: 23, insert: 'xvx' },
  ])
})

test('[TC4] a change in each of 45,000 lines of a live text makes at most 10,000 edits', () => {
  const doc = new Y.Doc()
  const text = doc.getText('content')
  const lines = Array.from({ length: 45_000 }, (_, index) => `${index} word ${index % 97}`)
  text.insert(0, lines.join('\n'))
  doc.clientID += 1
  const next = lines.join('\n').replaceAll('word', 'term')
  const changes = diffText(text.toJSON(), next)
  assert.equal(changes.length, 45_000)
  doc.transact(() => applyTextChanges(text, changes))
  assert.equal(text.toJSON(), next)
  assert.ok((doc.store.clients.get(doc.clientID)?.length ?? 0) <= 10_000)
})
