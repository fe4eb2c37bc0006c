import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  clearSelection,
  emptySelection,
  followRows,
  moveIndex,
  selectAll,
  selectRow,
} from './grid-selection.ts'

const order = ['a', 'b', 'c', 'd', 'e']
const none = emptySelection<string>()
const selected = (selection: { selected: ReadonlySet<string> }) => [...selection.selected]

suite('selection of rows', () => {
  test('Shift extends from where the last plain selection was, in both directions', () => {
    const at = selectRow(none, order, 'c', 'replace')
    const down = selectRow(at, order, 'e', 'extend')
    assert.deepEqual(selected(down), ['c', 'd', 'e'])
    const up = selectRow(down, order, 'a', 'extend')
    assert.deepEqual(selected(up), ['a', 'b', 'c'])
    assert.equal(up.focus, 'a')
  })

  test('Ctrl moves the focus without selecting, and takes single rows in and out', () => {
    const moved = selectRow(selectRow(none, order, 'a', 'replace'), order, 'd', 'move')
    assert.equal(moved.focus, 'd')
    assert.deepEqual(selected(moved), ['a'])
    const both = selectRow(moved, order, 'd', 'toggle')
    assert.deepEqual(selected(both), ['a', 'd'])
    assert.deepEqual(selected(selectRow(both, order, 'a', 'toggle')), ['d'])
  })

  test('all can be selected, and Escape keeps the focus', () => {
    const all = selectAll(selectRow(none, order, 'b', 'replace'), order)
    assert.equal(all.selected.size, 5)
    const cleared = clearSelection(all)
    assert.equal(cleared.selected.size, 0)
    assert.equal(cleared.focus, 'b')
  })

  test('when the focused row goes, the one that takes its place has the focus', () => {
    const at = selectRow(none, order, 'c', 'replace')
    const gone = followRows(at, order, ['a', 'b', 'd', 'e'])
    assert.equal(gone.focus, 'd')
    assert.deepEqual(selected(gone), [])
    const last = selectRow(none, order, 'e', 'replace')
    assert.equal(followRows(last, order, ['a', 'b', 'c', 'd']).focus, 'd')
    assert.equal(followRows(last, order, []).focus, undefined)
    const block = selectRow(selectRow(none, order, 'a', 'replace'), order, 'c', 'extend')
    assert.equal(followRows(block, order, ['d', 'e']).focus, 'd')
  })

  test('a new order of the same rows changes nothing', () => {
    const at = selectRow(none, order, 'c', 'replace')
    assert.equal(followRows(at, order, order.toReversed()), at)
  })

  test('keys stay within the list', () => {
    assert.equal(moveIndex('down', -1, 5, 10), 0)
    assert.equal(moveIndex('up', -1, 5, 10), 4)
    assert.equal(moveIndex('up', 0, 5, 10), 0)
    assert.equal(moveIndex('down', 4, 5, 10), 4)
    assert.equal(moveIndex('pageDown', 0, 100, 20), 19)
    assert.equal(moveIndex('pageUp', 50, 100, 20), 31)
    assert.equal(moveIndex('last', 0, 100, 20), 99)
  })
})
