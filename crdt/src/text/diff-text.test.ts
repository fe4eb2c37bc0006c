import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { fuzz } from '../testing/fuzz.ts'
import { editRandomly, randomText } from '../testing/random-text.ts'
import { diffText } from './diff-text.ts'
import {
  applyTextChanges,
  applyToString,
  isHighSurrogate,
  isLowSurrogate,
  type TextChange,
} from './text-change.ts'
import { startCpuTimer } from '../testing/cpu-timer.ts'

function assertValid(base: string, changes: readonly TextChange[]): void {
  let end = -1
  for (const { from, to, insert } of changes) {
    assert.ok(from > end && to >= from && to <= base.length, 'sorted, apart, inside')
    assert.ok(to > from || insert !== '', 'changes something')
    assert.ok(insert.isWellFormed(), 'inserts whole characters')
    for (const place of [from, to])
      assert.ok(
        !(isHighSurrogate(base, place - 1) && isLowSurrogate(base, place)),
        'parts no surrogate pair',
      )
    end = to
  }
}

test('[DT1] the changes make the new text of the old one', () => {
  fuzz({ runs: 3_000, seed: 1_000 }, (random) => {
    const base = randomText(random)
    const next = random.chance(0.3)
      ? randomText(random)
      : editRandomly(random, base, () => randomText(random, 4))
    const changes = diffText(base, next)
    assertValid(base, changes)
    assert.equal(applyToString(base, changes), next)
  })
})

test('[DT1] a live text takes the changes as a string does', () => {
  fuzz({ runs: 500, seed: 5_000 }, (random) => {
    const doc = new Y.Doc()
    const text = doc.getText('content')
    const base = randomText(random)
    const next = editRandomly(random, base, () => randomText(random, 4))
    text.insert(0, base)
    doc.transact(() => applyTextChanges(text, diffText(base, next)))
    assert.equal(text.toJSON(), next)
  })
})

test('[DT1] there is no change of a text into itself', () => {
  for (const text of ['', 'a', 'a\nb\n', '😀']) assert.deepEqual(diffText(text, text), [])
})

test('[DT2] touches only the lines, words and letters that differ', () => {
  assert.deepEqual(diffText('one\ntwo\nthree\n', 'one\n2\nthree\n'), [
    { from: 4, to: 7, insert: '2' },
  ])
  assert.deepEqual(diffText('a cat sat', 'a cart sat'), [{ from: 4, to: 4, insert: 'r' }])
  assert.deepEqual(diffText('colour and flavour', 'color and flavor'), [
    { from: 4, to: 5, insert: '' },
    { from: 16, to: 17, insert: '' },
  ])
  assert.deepEqual(diffText('a\nb\n', 'a\nnew\nb\n'), [{ from: 2, to: 2, insert: 'new\n' }])
  assert.deepEqual(diffText('', 'all new'), [{ from: 0, to: 0, insert: 'all new' }])
})

test('[DT2] replaces a word by another word whole, not by the letters that they happen to share', () => {
  assert.deepEqual(diffText('hello world', 'hello there'), [{ from: 6, to: 11, insert: 'there' }])
})

test('[DT2] of a file that a formatter has gone over, only the white space changes', () => {
  const base = 'function f(a,b){\nif(a){\nreturn b\n}\nreturn a\n}\n'
  const next = 'function f(a, b) {\n  if (a) {\n    return b\n  }\n  return a\n}\n'
  for (const { from, to, insert } of diffText(base, next))
    assert.equal(base.slice(from, to).trim() + insert.trim(), '')
  const joined = diffText('call(\n  one,\n  two\n)\n', 'call(one, two)\n')
  assert.ok(joined.every(({ insert }) => insert.trim() === ''))
})

test('[DT3] never parts a surrogate pair', () => {
  assert.deepEqual(diffText('a😀b', 'a😁b'), [{ from: 1, to: 3, insert: '😁' }])
  // The same high half, then the same low half.
  assert.deepEqual(diffText('\u{1f600}', '\u{1f64f}'), [{ from: 0, to: 2, insert: '\u{1f64f}' }])
  assert.deepEqual(diffText('\u{1f600}', '\u{1fa00}'), [{ from: 0, to: 2, insert: '\u{1fa00}' }])
})

test('[DT4] compares 2 MB in bounded steps, however they differ', () => {
  const lines = Array.from(
    { length: 45_000 },
    (_, index) => `line ${index} has the words w${index * 7} and x${index % 97}`,
  )
  const base = lines.join('\n')
  const texts = {
    rewritten: lines
      .map((_, index) => `quite another ${index + 1e6} text that shares little`)
      .join('\n'),
    everyLine: base.replaceAll('words', 'letters'),
    indented: base.replaceAll('\n', '\n    '),
    backwards: lines.toReversed().join('\n'),
    joined: base.replaceAll('\n', ' '),
    repetitive: 'a b\n'.repeat(500_000),
    oneLine: 'x'.repeat(2_000_000),
  }
  for (const [name, next] of Object.entries(texts)) {
    const cpuMs = startCpuTimer()
    const changes = diffText(base, next)
    const tookMs = cpuMs()
    assert.equal(applyToString(base, changes), next, name)
    // A bound that holds on a busy machine; what counts are the steps.
    assert.ok(tookMs < 5_000, `${name} took ${tookMs} ms`)
  }
})
