import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatShortcut, matchesShortcut } from './shortcut.ts'

const press = (
  key: string,
  held: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', true>> = {},
) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
})

test('a shortcut is met by exactly its keys', () => {
  assert.equal(matchesShortcut(press('c', { ctrlKey: true }), 'Mod+C'), true)
  assert.equal(matchesShortcut(press('c', { metaKey: true }), 'Mod+C'), true)
  assert.equal(matchesShortcut(press('c'), 'Mod+C'), false)
  assert.equal(matchesShortcut(press('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Z'), false)
  assert.equal(matchesShortcut(press('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Shift+Z'), true)
  assert.equal(matchesShortcut(press('F2'), 'F2'), true)
  assert.equal(matchesShortcut(press('ArrowUp', { altKey: true }), 'Alt+ArrowUp'), true)
})

test('a shortcut is written as on the keys of the machine', () => {
  assert.equal(formatShortcut('Mod+Shift+z', false), 'Ctrl+Shift+Z')
  assert.equal(formatShortcut('Mod+C', true), '⌘C')
  assert.equal(formatShortcut('Delete', false), 'Del')
})
