import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { findTyped, noTypeAhead, typeLetter } from './type-ahead.ts'

const names = ['alpha', 'beta', 'bison', 'Brandy', 'gamma']

function type(letters: string, pauseMs: number) {
  let now = 1_000
  return letters.split('').reduce((state, letter) => {
    now += pauseMs
    return typeLetter(state, letter, now)
  }, noTypeAhead)
}

suite('typing ahead', () => {
  test('goes to the next name that begins with the letter, and round again', () => {
    assert.equal(findTyped(names, 0, type('b', 10)), 1)
    assert.equal(findTyped(names, 1, type('b', 10)), 2)
    assert.equal(findTyped(names, 3, type('b', 10)), 1)
  })

  test('the same letter again goes on, as if pressed for the first time', () => {
    assert.equal(findTyped(names, 2, type('bb', 10)), 3)
  })

  test('letters in quick succession make a word, and may stay where they are', () => {
    assert.equal(findTyped(names, 1, type('br', 100)), 3)
    assert.equal(findTyped(names, 3, type('bra', 100)), 3)
  })

  test('after a pause a new word begins', () => {
    assert.equal(findTyped(names, 3, type('bg', 700)), 4)
  })

  test('finds nothing where nothing is', () => {
    assert.equal(findTyped(names, 0, type('xy', 10)), undefined)
    assert.equal(findTyped([], -1, type('a', 10)), undefined)
  })
})
