import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ToastList } from './toast-list.ts'

test('the newest offer is taken once, though toasts without one came after it', () => {
  const toasts = new ToastList()
  const taken: string[] = []
  const offer = (text: string) => ({ action: { label: 'Undo', run: () => taken.push(text) } })
  toasts.show('first', offer('first'))
  toasts.show('second', offer('second'))
  toasts.show('third')
  assert.equal(toasts.runNewestAction(), true)
  assert.equal(toasts.runNewestAction(), true)
  assert.equal(toasts.runNewestAction(), false)
  assert.deepEqual(taken, ['second', 'first'])
  assert.deepEqual(
    toasts.toasts.map(({ text }) => text),
    ['third'],
  )
})

test('only the newest three messages stand', () => {
  const list = new ToastList()
  for (const text of ['a', 'b', 'c', 'd']) list.show(text)
  assert.deepEqual(
    list.toasts.map(({ text }) => text),
    ['b', 'c', 'd'],
  )
})
