import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { createTextState, readText, structCount, textRootName } from './text-document.ts'

test('[TD1] the same text and client id give the same bytes, and importing them twice changes nothing', () => {
  const state = createTextState('line\n😀\n', 5)
  assert.deepEqual(createTextState('line\n😀\n', 5), state)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  Y.applyUpdate(doc, createTextState('line\n😀\n', 5))
  assert.equal(readText(doc), 'line\n😀\n')
  assert.equal(doc.getText(textRootName).length, 8)
})

test('[TD1] two bases of one text under different ids would both be in it', () => {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, createTextState('text', 5))
  Y.applyUpdate(doc, createTextState('text', 6))
  assert.equal(readText(doc), 'texttext')
})

test('[TD1] an empty text is an empty update', () => {
  assert.deepEqual(createTextState('', 5), new Uint8Array([0, 0]))
})

test('[TD2] refuses half a surrogate pair', () => {
  for (const text of ['\ud83d', 'a\ude00b', '\ude00\ud83d'])
    assert.throws(() => createTextState(text, 5), RangeError)
})

test('[TD3] counts structs, tombstones included', () => {
  const doc = new Y.Doc()
  assert.equal(structCount(doc), 0)
  Y.applyUpdate(doc, createTextState('abc', 5))
  assert.equal(structCount(doc), 1)
  doc.getText(textRootName).delete(1, 1)
  assert.equal(structCount(doc), 3)
})
