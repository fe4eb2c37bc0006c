import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { makeNode } from '../../testing/make-node.ts'
import { readSort, sortNodes, toggleSort } from './sort-nodes.ts'

const names = (nodes: readonly { name: string }[]) => nodes.map(({ name }) => name)

suite('sorting', () => {
  test('names count as people do, without regard to case, folders first', () => {
    const nodes = [
      makeNode('b10.md'),
      makeNode('B2.md'),
      makeNode('a.md'),
      makeNode('zoo', { kind: 'folder' }),
    ]
    assert.deepEqual(names(sortNodes(nodes, {})), ['zoo', 'a.md', 'B2.md', 'b10.md'])
    assert.deepEqual(names(sortNodes(nodes, { dir: 'desc' })), ['zoo', 'b10.md', 'B2.md', 'a.md'])
  })

  test('the newest come first when a person asks for times', () => {
    const nodes = [
      makeNode('old', { updatedAt: '2026-01-01T00:00:00.000Z' }),
      makeNode('new', { updatedAt: '2026-11-24T00:00:00.000Z' }),
    ]
    const order = toggleSort({}, 'modified')
    assert.deepEqual(order, { sort: 'modified', dir: 'desc' })
    assert.deepEqual(names(sortNodes(nodes, order)), ['new', 'old'])
    assert.deepEqual(toggleSort(order, 'modified'), { sort: 'modified' })
  })

  test('equal entries keep one order whatever order they came in', () => {
    const nodes = [makeNode('c'), makeNode('a'), makeNode('b')]
    const order = { sort: 'size' } as const
    assert.deepEqual(names(sortNodes(nodes, order)), ['a', 'b', 'c'])
    assert.deepEqual(names(sortNodes(nodes.toReversed(), order)), ['a', 'b', 'c'])
  })

  test('an address says only what is not usual, and nonsense in it is passed over', () => {
    assert.deepEqual(readSort({}), {})
    assert.deepEqual(readSort({ sort: 'name', dir: 'asc' }), {})
    assert.deepEqual(readSort({ sort: 'size', dir: 'desc' }), { sort: 'size', dir: 'desc' })
    assert.deepEqual(readSort({ sort: 'colour', dir: 7 }), {})
  })
})
