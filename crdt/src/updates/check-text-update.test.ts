import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { checkTextUpdate } from './check-text-update.ts'
import { byte, wireBytes } from '../testing/wire-bytes.ts'
import type { RefusalReason } from './refusal.ts'
import { scanUpdate } from './scan-update.ts'

function check(edit: (doc: Y.Doc) => void): RefusalReason | undefined {
  const doc = new Y.Doc()
  edit(doc)
  const scan = scanUpdate(Y.encodeStateAsUpdate(doc))
  if (scan.kind === 'refused') assert.fail(scan.detail)
  return checkTextUpdate(scan)
}

test('[TU1] takes typing, deleting and undoing in the text', () => {
  assert.equal(
    check((doc) => doc.getText('content').insert(0, 'more\r\n\u0000')),
    undefined,
  )
  const undone = check((doc) => {
    const text = doc.getText('content')
    text.insert(0, 'some text')
    const manager = new Y.UndoManager(text)
    text.delete(2, 4)
    manager.undo()
    text.delete(0, 1)
  })
  assert.equal(undone, undefined)
})

test('[TU1] refuses any root but the text, and anything but plain text in it', () => {
  assert.equal(
    check((doc) => doc.getText('other').insert(0, 'x')),
    'wrong_document',
  )
  assert.equal(
    check((doc) => doc.getArray('content').push([1])),
    'wrong_document',
  )
  assert.equal(
    check((doc) => doc.getArray('list').push([new Uint8Array(3)])),
    'wrong_document',
  )
  assert.equal(
    check((doc) => doc.getText('content').insertEmbed(0, { image: 'x' })),
    'wrong_document',
  )
  assert.equal(
    check((doc) => doc.getText('content').insert(0, 'x', { bold: true })),
    'wrong_document',
  )
})

test('[TU1] refuses GC, which no text leaves and on which Yjs fails', () => {
  const scan = scanUpdate(wireBytes(1, 1, 7, 0, byte(0), 2, 0))
  assert.ok(scan.kind === 'ok')
  assert.equal(checkTextUpdate(scan), 'wrong_document')
})

test('[TU2] refuses types, subdocuments and keys as nesting', () => {
  assert.equal(
    check((doc) => doc.getText('content').insertEmbed(0, new Y.Map())),
    'nesting',
  )
  assert.equal(
    check((doc) => doc.getText('content').setAttribute('author', 'x')),
    'nesting',
  )
  assert.equal(
    check((doc) => doc.getMap('content').set('key', 1)),
    'nesting',
  )
  assert.equal(
    check((doc) => doc.getArray('content').push([new Y.Doc()])),
    'nesting',
  )
  assert.equal(
    check((doc) => doc.getXmlFragment('content').insert(0, [new Y.XmlText('x')])),
    'nesting',
  )
})

test('[TU3] takes U+FFFD, which Yjs writes where an edit parts a surrogate pair', () => {
  const parted = check((doc) => {
    doc.getText('content').insert(0, '😀')
    doc.getText('content').insert(1, 'x')
  })
  assert.equal(parted, undefined)
})
