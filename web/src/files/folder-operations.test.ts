import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { makeNode } from '../../testing/make-node.ts'
import { applyOperations, keepUnchanged, withNode } from './folder-operations.ts'

const a = makeNode('a.md')
const b = makeNode('b.md')

suite('operations over a listing', () => {
  test('a rename, a creation and a removal are seen at once', () => {
    const created = makeNode('c.md')
    const shown = applyOperations(
      [a, b],
      [
        { kind: 'rename', id: a.id, name: 'z.md' },
        { kind: 'remove', id: b.id },
        { kind: 'create', node: created },
      ],
    )
    assert.deepEqual(
      shown.map(({ name }) => name),
      ['z.md', 'c.md'],
    )
  })

  test('what the server lists by now is not there twice', () => {
    const listed = makeNode('c.md', { sizeBytes: 7 })
    const shown = applyOperations([a, listed], [{ kind: 'create', node: makeNode('c.md') }])
    assert.deepEqual(shown, [a, listed])
  })

  test('taking an operation back shows the listing as it was', () => {
    const nodes = [a, b]
    assert.equal(applyOperations(nodes, []), nodes)
  })

  test('an answer replaces its entry or joins the listing', () => {
    const renamed = { ...a, name: 'x.md' }
    assert.deepEqual(withNode([a, b], renamed), [renamed, b])
    assert.deepEqual(withNode([a], b), [a, b])
  })

  test('a listing that says the same is the same', () => {
    const before = [a, b]
    assert.equal(keepUnchanged(before, [{ ...a }, { ...b }]), before)
    const touched = { ...b, updatedAt: '2026-11-24T00:00:00.000Z' }
    const after = keepUnchanged(before, [{ ...a }, touched])
    assert.equal(after[0], a)
    assert.equal(after[1], touched)
  })
})
