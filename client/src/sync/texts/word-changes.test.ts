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

test('a word that is changed is a new one, so that nothing of it is left when somebody deletes the old one', () => {
  const asChanged = (base: string, after: string) => alignToWords(base, diffText(base, after))
  assert.deepEqual(asChanged('a colour', 'a color'), [{ from: 2, to: 8, insert: 'color' }])
  assert.deepEqual(asChanged('pear-1\n', 'pear-18\n'), [{ from: 0, to: 6, insert: 'pear-18' }])
  assert.deepEqual(asChanged('on 2026-11-27.', 'on 2026-12-01.'), [
    { from: 3, to: 14, insert: '2026-12-01.' },
  ])
  assert.deepEqual(asChanged('"pear"\n', '"peach"\n'), [{ from: 0, to: 6, insert: '"peach"' }])
})

test('words that are left as they were keep what is beside them apart', () => {
  const asChanged = (base: string, after: string) => alignToWords(base, diffText(base, after))
  assert.deepEqual(asChanged('buy(pear,12)', 'buy(pear,15)'), [{ from: 9, to: 11, insert: '15' }])
  assert.deepEqual(asChanged('7,pear,12,20\n', '7,pear,15,20\n'), [
    { from: 7, to: 9, insert: '15' },
  ])
  assert.deepEqual(asChanged('我们喝茶', '我们喝水'), [{ from: 3, to: 4, insert: '水' }])
  assert.deepEqual(asChanged('}\n', '}\nnew\n'), [{ from: 2, to: 2, insert: 'new\n' }])
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
