import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import type { RefusalReason } from '../updates/refusal.ts'
import { scanUpdate } from '../updates/scan-update.ts'
import { checkFolderUpdate } from './check-folder-update.ts'

function check(
  edit: (doc: Y.Doc) => void,
  options: { gc?: boolean } = {},
): RefusalReason | undefined {
  const doc = new Y.Doc(options)
  edit(doc)
  return checkUpdate(Y.encodeStateAsUpdate(doc))
}

function checkUpdate(update: Uint8Array): RefusalReason | undefined {
  const scan = scanUpdate(update)
  if (scan.kind === 'refused') assert.fail(scan.detail)
  return checkFolderUpdate(scan)
}

test('[FU1] takes entries that are set, replaced, deleted and undone, whatever their keys and values', () => {
  const edit = (doc: Y.Doc) => {
    const children = doc.getMap('children')
    const manager = new Y.UndoManager(children)
    for (const value of ['a', 1, null, undefined, true, 12n, ['a'], { b: { c: 1 } }])
      children.set('key', value)
    manager.undo()
    manager.redo()
    children.delete('key')
    children.set('other', 'x')
  }
  assert.equal(check(edit), undefined)
  assert.equal(check(edit, { gc: false }), undefined)
  assert.equal(
    check(() => {}),
    undefined,
  )
})

test('[FU1] takes updates that were merged, and differences of states', () => {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (let edit = 0; edit < 20; edit += 1) doc.getMap('children').set(`${edit % 3}`, `${edit}`)
  const merged = Y.mergeUpdates(updates)
  assert.equal(checkUpdate(merged), undefined)
  const early = Y.encodeStateVectorFromUpdate(updates[0] as Uint8Array)
  assert.equal(checkUpdate(Y.diffUpdate(merged, early)), undefined)
})

test('[FU2] refuses types, subdocuments and what lies in them as nesting', () => {
  for (const value of [
    new Y.Map(),
    new Y.Text('x'),
    new Y.Array(),
    new Y.XmlElement('p'),
    new Y.Doc(),
  ])
    assert.equal(
      check((doc) => doc.getMap('children').set('key', value)),
      'nesting',
    )
})

test('[FU2] refuses other roots, other contents and items without a key', () => {
  const edits: readonly ((doc: Y.Doc) => void)[] = [
    (doc) => doc.getMap('other').set('key', 'x'),
    (doc) => doc.getMap('children').set('key', new Uint8Array(3)),
    (doc) => doc.getText('children').insert(0, 'x'),
    (doc) => doc.getText('children').insertEmbed(0, { image: 'x' }),
    (doc) => doc.getArray('children').push([1]),
    (doc) => {
      const other = new Y.Doc()
      other.getArray('children').push([1])
      doc.getMap('children').set('key', 'x')
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(other))
    },
  ]
  for (const edit of edits) assert.equal(check(edit), 'wrong_document', String(edit))
})
