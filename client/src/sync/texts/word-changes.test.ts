import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyToString, diffText } from '@cloudsync/crdt'
import { Random } from '@cloudsync/crdt/testing'
import { alignToWords } from './word-changes.ts'

test('a word that is put before another of the same letter is one piece', () => {
  assert.deepEqual(alignToWords('first line', [{ from: 1, to: 1, insert: 'our f' }]), [
    { from: 0, to: 0, insert: 'four ' },
  ])
})

test('a word that is deleted before another of the same letter is one piece', () => {
  assert.deepEqual(alignToWords('four first', [{ from: 1, to: 6, insert: '' }]), [
    { from: 0, to: 5, insert: '' },
  ])
})

test('words that replace others are whole', () => {
  assert.deepEqual(alignToWords('first line', [{ from: 1, to: 5, insert: 'our fires' }]), [
    { from: 0, to: 5, insert: 'four fires' },
  ])
})

test('a word that is put together from the pieces of two lines is new, and theirs are gone', () => {
  const base = '<u-1>\n<v-5>\n<u-7>\n'
  assert.deepEqual(alignToWords(base, [{ from: 4, to: 15, insert: '' }]), [
    { from: 0, to: 17, insert: '<u-17>' },
  ])
  assert.deepEqual(alignToWords(base, [{ from: 3, to: 10, insert: '2' }]), [
    { from: 0, to: 11, insert: '<u-2>' },
  ])
})

test('a line that is deleted before another that begins alike is one piece', () => {
  assert.deepEqual(alignToWords('<u-1>\n<u-17>\n', [{ from: 4, to: 10, insert: '' }]), [
    { from: 0, to: 6, insert: '' },
  ])
})

test('lines that are joined stay what they are', () => {
  const changes = [{ from: 4, to: 5, insert: '' }]
  assert.deepEqual(alignToWords('one,\ntwo', changes), changes)
})

test('a change within a word stays as small as it is', () => {
  const changes = [{ from: 4, to: 5, insert: '' }]
  assert.deepEqual(alignToWords('colour', changes), changes)
})

test('the text is the same, whatever the changes', () => {
  const words = ['first', 'four', 'four ', 'f', ' ', '\n', '😀', 'füße', 'über', ',', 'first\n']
  for (let seed = 1; seed <= 3000; seed++) {
    const random = new Random(seed)
    const text = () => Array.from({ length: random.below(12) }, () => random.pick(words)).join('')
    const [before, after] = [text(), text()]
    const aligned = alignToWords(before, diffText(before, after))
    assert.equal(applyToString(before, aligned), after, `seed ${seed}`)
    for (const { from, to, insert } of aligned) {
      assert.ok(insert.isWellFormed(), `seed ${seed}`)
      assert.ok(before.slice(from, to).isWellFormed(), `seed ${seed}`)
    }
  }
})
