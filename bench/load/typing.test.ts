import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { findTokens, typingOf, writtenState } from './typing.ts'

test('what a typist sends is valid, in order, and under one client id', () => {
  const { clientId, updates } = typingOf(3, 200)
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  assert.equal(doc.getText('content').length, 200 * 7)
  assert.deepEqual([...doc.store.clients.keys()], [clientId])
  assert.equal(doc.store.pendingStructs, null)
})

test('each update is found again in a frame that merges many', () => {
  const merged = Y.mergeUpdates([...typingOf(1, 300).updates, ...typingOf(2, 300).updates])
  const found = new Set<string>()
  findTokens(merged, (typist, number) => found.add(`${typist}/${number}`))
  for (const typist of [1, 2])
    for (let number = 0; number < 300; number += 1) assert.ok(found.has(`${typist}/${number}`))
})

test('a document that was written in pieces has about the size that was asked for', () => {
  const state = writtenState(20_000, 100)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  assert.equal(doc.getText('content').length, 20_000)
  assert.ok(state.length > 20_000 && state.length < 30_000)
})

test('a document can have many places where something was deleted', () => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, writtenState(20_000, 100, 2_000))
  assert.equal(doc.getText('content').length, 18_000)
  const [deletes = []] = Y.createDeleteSetFromStructStore(doc.store).clients.values()
  assert.ok(deletes.length > 1_500)
})
