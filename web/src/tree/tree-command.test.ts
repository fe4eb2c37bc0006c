import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { NodeId } from '@cloudsync/protocol'
import { makeNode } from '../../testing/make-node.ts'
import { operationsOf } from './command-operations.ts'
import { invert, type Outcome, type TreeCommand } from './tree-command.ts'
import { TreeStore } from './tree-store.ts'
import { UndoStack } from './undo-stack.ts'

const [a, b] = [makeNode('a', { seq: 1 }), makeNode('b', { seq: 2 })]
const root = 'root' as NodeId
const other = 'other' as NodeId

const outcome = (part: Partial<Outcome>): Outcome => ({
  done: [],
  failed: [],
  batchIds: [],
  ...part,
})

suite('tree commands', () => {
  test('only what was done is taken back', () => {
    const move: TreeCommand = {
      kind: 'move',
      moves: [a, b].map(({ id }) => ({ id, from: root, to: other })),
    }
    assert.deepEqual(invert(move, outcome({ done: [{ ...b, parentId: other }] })), {
      kind: 'move',
      moves: [{ id: b.id, from: other, to: root }],
      ifTaken: 'rename',
    })
    assert.equal(invert(move, outcome({})), undefined)
  })

  test('what was trashed together comes back by its batch', () => {
    const trash: TreeCommand = { kind: 'trash', ids: [a.id, b.id] }
    const inverse = invert(trash, outcome({ done: [a, b], batchIds: ['batch'] }))
    assert.deepEqual(inverse, { kind: 'untrash', ids: [a.id, b.id], batchIds: ['batch'] })
  })

  test('a rename is taken back from the name that the server gave', () => {
    const rename: TreeCommand = { kind: 'rename', id: a.id, from: 'a', to: 'z' }
    assert.deepEqual(invert(rename, outcome({ done: [{ ...a, name: 'z (2)' }] })), {
      kind: 'rename',
      id: a.id,
      from: 'z (2)',
      to: 'a',
    })
  })

  test('a command and its inverse, laid over each other, show what was there before', () => {
    const copyId = 'copy' as NodeId
    const commands: TreeCommand[] = [
      { kind: 'create', nodes: [makeNode('new')] },
      { kind: 'rename', id: a.id, from: 'a', to: 'z' },
      { kind: 'move', moves: [{ id: a.id, from: root, to: other }] },
      {
        kind: 'copy',
        copies: [{ id: a.id, copyId, parentId: root, draft: makeNode('a (2)', { id: copyId }) }],
      },
      { kind: 'trash', ids: [a.id, b.id] },
    ]
    for (const command of commands) {
      const store = new TreeStore()
      store.put([a, b])
      const before = store.view(root, 'all').nodes
      store.overlay(operationsOf(command))
      assert.notDeepEqual(store.view(root, 'all').nodes, before, command.kind)
      const done = operationsOf(command).flatMap((operation) => {
        const node = store.node(operation.kind === 'create' ? operation.node.id : operation.id)
        return node ? [node] : []
      })
      const inverse = invert(command, outcome({ done, batchIds: ['batch'] }))
      assert.ok(inverse)
      store.overlay(operationsOf(inverse))
      assert.deepEqual(
        store.view(root, 'all').nodes.toSorted((x, y) => (x.id < y.id ? -1 : 1)),
        before,
        command.kind,
      )
    }
  })
})

suite('undo stack', () => {
  const command = (name: string): TreeCommand => ({ kind: 'trash', ids: [name as NodeId] })

  test('takes back the newest first, and does it again in the other order', () => {
    const stack = new UndoStack()
    stack.push('one', command('one'))
    stack.push('two', command('two'))
    const two = stack.takeUndo()
    assert.equal(two?.label, 'two')
    stack.pushRedo('two', command('two again'))
    assert.equal(stack.takeUndo()?.label, 'one')
    stack.pushRedo('one', command('one again'))
    assert.equal(stack.takeRedo()?.label, 'one')
    stack.pushRedone('one', command('one'))
    assert.equal(stack.takeRedo()?.label, 'two', 'doing again leaves the rest to be done again')
  })

  test('something new ends what could be done again', () => {
    const stack = new UndoStack()
    stack.push('one', command('one'))
    stack.takeUndo()
    stack.pushRedo('one', command('one again'))
    stack.push('two', command('two'))
    assert.equal(stack.takeRedo(), undefined)
  })

  test('a toast takes its own entry, once', () => {
    const stack = new UndoStack()
    const entry = stack.push('one', command('one'))
    stack.push('two', command('two'))
    assert.equal(stack.take(entry.key)?.label, 'one')
    assert.equal(stack.take(entry.key), undefined)
    assert.equal(stack.takeUndo()?.label, 'two')
    assert.equal(stack.takeUndo(), undefined)
  })
})
