import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import { makeNode } from '../../testing/make-node.ts'
import { inheritedFrom } from './load-sharing.ts'

const root = makeNode('', { kind: 'folder', parentId: null })
const outer = makeNode('outer', { kind: 'folder' })
const secret = makeNode('secret', { kind: 'folder', inherits: false })
const inner = makeNode('inner', { kind: 'folder' })

function told(...[ancestors, inherits]: Parameters<typeof inheritedFrom>): string[] {
  return inheritedFrom(ancestors, inherits).map(
    ({ folder, ownersOnly }) => `${folder.name || 'root'}${ownersOnly ? ' (owners)' : ''}`,
  )
}

suite('the folders above whose grants count', () => {
  test('are all of them, the nearest first', () => {
    assert.deepEqual(told([root, outer, inner], true), ['inner', 'outer', 'root'])
  })

  test('end with a private one, but for the owners of the space', () => {
    assert.deepEqual(told([root, outer, secret, inner], true), ['inner', 'secret', 'root (owners)'])
    assert.deepEqual(told([root, outer], false), ['root (owners)'])
  })

  test('begin with the highest that somebody sees', () => {
    assert.deepEqual(told([outer, inner], true), ['inner', 'outer'])
    assert.deepEqual(told([{ ...outer, parentId: 'unseen' as NodeId }], false), [])
  })
})
