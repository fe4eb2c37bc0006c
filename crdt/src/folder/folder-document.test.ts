import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { childId } from '../testing/child-id.ts'
import { createFolderState, editFolder, readFolder, type FolderChild } from './folder-document.ts'

const a = childId(1)
const b = childId(2)

test('[FD1] lists the children that have both a name and a kind', () => {
  const doc = new Y.Doc()
  const entries = doc.getMap('children')
  entries.set(`n|${a}`, 'a.md')
  assert.equal(readFolder(doc).size, 0)
  entries.set(`k|${a}`, 'text')
  assert.deepEqual(readFolder(doc), new Map([[a, { name: 'a.md', kind: 'text' }]]))
})

test('[FD1] lists nothing for other keys and values', () => {
  const upper = 'ABCDEF00-0000-7000-8000-000000000001'
  for (const [name, kind, id] of [
    ['a', 'socket', a],
    ['a', 1, a],
    [1, 'text', a],
    [{ name: 'a' }, 'text', a],
    ['a', 'text', upper],
    ['a', 'text', `${a}0`],
    ['a', 'text', `0${a}`],
    ['a', 'text', ''],
    ['a', 'text', '__proto__'],
  ] as const) {
    const doc = new Y.Doc()
    doc.getMap('children').set(`n|${id}`, name)
    doc.getMap('children').set(`k|${id}`, kind)
    assert.equal(readFolder(doc).size, 0, JSON.stringify([name, kind, id]))
  }
})

test('[FD2] writes only what differs', () => {
  const doc = new Y.Doc()
  editFolder(doc, [{ type: 'put', id: a, name: 'a', kind: 'text' }])
  const structs: number[] = []
  doc.on('update', (update: Uint8Array) => structs.push(Y.decodeUpdate(update).structs.length))
  editFolder(doc, [
    { type: 'put', id: a, name: 'a', kind: 'text' },
    { type: 'remove', id: b },
    { type: 'drop_key', key: 'other' },
  ])
  assert.equal(structs.length, 0)
  editFolder(doc, [{ type: 'put', id: a, name: 'b', kind: 'text' }])
  assert.deepEqual(structs, [1])
})

test('[FD3] the first state lists the children, with the same bytes in whatever order they come', () => {
  const children: readonly [string, FolderChild][] = [
    [a, { name: 'a', kind: 'folder' }],
    [b, { name: 'b.png', kind: 'blob' }],
  ]
  const state = createFolderState(new Map(children), 7)
  assert.deepEqual(createFolderState(new Map(children.toReversed()), 7), state)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  assert.deepEqual(readFolder(doc), new Map(children))
  assert.deepEqual(createFolderState(new Map(), 7), new Uint8Array([0, 0]))
})
