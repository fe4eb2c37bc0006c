import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { applyTextChanges, applyToString, trimChange } from './text-change.ts'

function liveText(content: string): Y.Text {
  const text = new Y.Doc().getText('content')
  text.insert(0, content)
  return text
}

test('[TC1] applies changes against the text as it was', () => {
  const changes = [
    { from: 0, to: 1, insert: 'AAA' },
    { from: 2, to: 2, insert: '-' },
    { from: 3, to: 5, insert: '' },
  ]
  assert.equal(applyToString('abcdef', changes), 'AAAb-cf')
  const text = liveText('abcdef')
  applyTextChanges(text, changes)
  assert.equal(text.toJSON(), 'AAAb-cf')
})

test('[TC2] refuses changes that overlap, are out of order or out of the text, before any of them is made', () => {
  const wrong = [
    [
      { from: 0, to: 2, insert: 'x' },
      { from: 1, to: 3, insert: 'y' },
    ],
    [
      { from: 2, to: 2, insert: 'x' },
      { from: 0, to: 0, insert: 'y' },
    ],
    [
      { from: 0, to: 0, insert: 'x' },
      { from: 2, to: 4, insert: '' },
    ],
    [{ from: 2, to: 1, insert: '' }],
    [{ from: -1, to: 1, insert: '' }],
  ]
  for (const changes of wrong) {
    const text = liveText('abc')
    assert.throws(() => applyTextChanges(text, changes), RangeError)
    assert.equal(text.toJSON(), 'abc')
    assert.throws(() => applyToString('abc', changes), RangeError)
  }
})

test('[TC3] trims what a change would write again, and parts no surrogate pair by that', () => {
  assert.deepEqual(trimChange('abcd', { from: 0, to: 4, insert: 'axd' }), {
    from: 1,
    to: 3,
    insert: 'x',
  })
  assert.equal(trimChange('abcd', { from: 1, to: 3, insert: 'bc' }), undefined)
  assert.deepEqual(trimChange('😀', { from: 0, to: 2, insert: '😁' }), {
    from: 0,
    to: 2,
    insert: '😁',
  })
  assert.deepEqual(trimChange('😀', { from: 0, to: 2, insert: '🨀' }), {
    from: 0,
    to: 2,
    insert: '🨀',
  })
  assert.deepEqual(trimChange('😀😀', { from: 0, to: 4, insert: '😀' }), {
    from: 2,
    to: 4,
    insert: '',
  })
})
