import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { makeNode } from '../../testing/make-node.ts'
import { operationsOf } from './command-operations.ts'
import { moveCommand } from './relocate.ts'
import { invert } from './tree-command.ts'

const here = 'space' as SpaceId
const there = 'other space' as SpaceId
const target = 'target' as NodeId
const a = makeNode('a', { seq: 900 })

suite('moving into another space', () => {
  test('leaves out what is there already', () => {
    assert.equal(moveCommand([{ ...a, parentId: target }], here, target), undefined)
  })

  test('takes the node away here and shows it there', () => {
    const command = moveCommand([a], there, target)
    assert.ok(command)
    assert.deepEqual(operationsOf(command), [
      { kind: 'move', id: a.id, parentId: target },
      { kind: 'create', node: { ...a, spaceId: there, parentId: target } },
    ])
  })

  test('is taken back into the space where it was, under the name that it has by now', () => {
    const command = moveCommand([a], there, target)
    assert.ok(command)
    const moved = { ...a, spaceId: there, parentId: target, name: 'a (2)', seq: 3 }
    const inverse = invert(command, { done: [moved], failed: [], batchIds: [] })
    assert.deepEqual(inverse, {
      kind: 'move',
      ifTaken: 'rename',
      moves: [
        {
          id: a.id,
          from: target,
          to: a.parentId,
          crossing: { from: there, arrival: { ...moved, spaceId: here, parentId: a.parentId } },
        },
      ],
    })
    assert.ok(inverse)
    const again = invert(inverse, { done: [{ ...a, seq: 950 }], failed: [], batchIds: [] })
    assert.ok(again?.kind === 'move')
    assert.deepEqual(again.moves[0]?.crossing?.from, here)
    assert.equal(again.moves[0]?.crossing?.arrival.spaceId, there)
  })
})
