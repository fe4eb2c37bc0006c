import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../testing/fuzz.ts'
import { editRandomly, randomText } from '../testing/random-text.ts'
import type { Random } from '../testing/random.ts'
import { mergeText, type MergeInput } from './merge-text.ts'
import { applyToString } from './text-change.ts'
import { startCpuTimer } from '../testing/cpu-timer.ts'

/** The merged text and its flagged lines, after a look at what must hold for every merge. */
function merge(base: string, current: string, incoming: string): [text: string, overlaps: string] {
  const { text, overlaps } = checkedMerge({ base, current, incoming })
  return [text, overlaps.map(({ fromLine, toLine }) => `${fromLine}-${toLine}`).join(' ')]
}

function checkedMerge(input: MergeInput) {
  const result = mergeText(input)
  assert.equal(applyToString(input.current, result.changes), result.text)
  for (const { insert } of result.changes) assert.ok(insert.isWellFormed())
  assert.ok(result.text.isWellFormed())
  let last = 0
  for (const { fromLine, toLine } of result.overlaps) {
    assert.ok(fromLine > last && toLine >= fromLine, 'ranges of lines are sorted and apart')
    last = toLine
  }
  assert.ok(last <= result.text.split('\n').length, 'lines exist')
  return result
}

test('[MT1] nothing new changes nothing, and news for a text at rest are taken as they are', () => {
  fuzz({ runs: 1_000, seed: 20_000 }, (random) => {
    const base = randomText(random)
    const other = editRandomly(random, base, () => randomText(random, 3))
    assert.deepEqual(merge(base, other, base), [other, ''])
    assert.deepEqual(merge(base, base, other), [other, ''])
    assert.deepEqual(merge(base, other, other), [other, ''])
    assert.deepEqual(mergeText({ base, current: other, incoming: base }).changes, [])
  })
})

/** Lines of words, no two alike, and what each of two sides made of them without meeting on a line. */
function disjointEdits(random: Random) {
  const [base, current, incoming, expected]: [string[], string[], string[], string[]] = [
    [],
    [],
    [],
    [],
  ]
  for (let line = 0; line < 2 + random.below(30); line += 1) {
    const words = Array.from({ length: 1 + random.below(6) }, (_, word) => `w${line}x${word}`)
    const text = words.join(' ')
    const edited = random.pick([
      words.with(random.below(words.length), `n${line}`).join(' '),
      `${text} n${line}`,
      `n${line} ${text}`,
      `    ${text}`,
      `n${line} y\n${text}`,
    ])
    // The line between two edited ones stays, so that it is clear which is which.
    const side = line % 2 === 0 ? 'nobody' : random.pick(['ours', 'theirs', 'nobody'])
    base.push(text)
    current.push(side === 'ours' ? edited : text)
    incoming.push(side === 'theirs' ? edited : text)
    expected.push(side === 'nobody' ? text : edited)
  }
  return { base, current, incoming, expected }
}

test('[MT2] edits of different lines all happen, exactly', () => {
  fuzz({ runs: 1_000, seed: 30_000 }, (random) => {
    const { base, current, incoming, expected } = disjointEdits(random)
    const lines = [base, current, incoming].map((text) => text.join('\n')) as [
      string,
      string,
      string,
    ]
    assert.deepEqual(merge(...lines), [expected.join('\n'), ''])
  })
})

test('[MT2] one side adds lines where the other deletes others', () => {
  assert.deepEqual(merge('a\nb\nc\nd\n', 'a\nd\n', 'a\nb\nc\nd\ne\n'), ['a\nd\ne\n', ''])
  assert.deepEqual(merge('a\nb\nc\nd\n', 'x\na\nb\nc\nd\n', 'a\nb\nd\n'), ['x\na\nb\nd\n', ''])
})

test('[MT3] different words of one line are merged and flagged', () => {
  assert.deepEqual(merge('top\nthe cat sat\n', 'top\nthe dog sat\n', 'top\nthe cat ran\n'), [
    'top\nthe dog ran\n',
    '2-2',
  ])
})

const newWords = (text: string, base: string) => {
  const known = new Set(base.match(/\w+/g))
  return (text.match(/\w+/g) ?? []).filter((word) => !known.has(word))
}

test('[MT4] every word that either side has written is in the merged text', () => {
  fuzz({ runs: 4_000, seed: 40_000 }, (random) => {
    const base = randomText(random)
    let count = 0
    const current = editRandomly(random, base, () => `ours${(count += 1)}`)
    const incoming = editRandomly(random, base, () => `theirs${(count += 1)}`)
    const { text } = checkedMerge({ base, current, incoming })
    const merged = new Set(text.match(/\w+/g))
    for (const word of [...newWords(current, base), ...newWords(incoming, base)])
      assert.ok(
        merged.has(word),
        `${word} is lost: ${JSON.stringify({ base, current, incoming, text })}`,
      )
  })
})

test('[MT4] both versions of a word stay, the current one first, and are not run together', () => {
  assert.deepEqual(merge('a cat sat', 'a dog sat', 'a cow sat'), ['a dog cow sat', '1-1'])
  assert.deepEqual(merge('x(cat)', 'x(dog)', 'x(cow)'), ['x(dog cow)', '1-1'])
  assert.deepEqual(merge('the 😀 here', 'the 😁 here', 'the 😂 here'), ['the 😁😂 here', '1-1'])
  assert.deepEqual(merge('word', 'wo-ours-rd', 'wo-theirs-rd'), ['wo-ours-rd\nwo-theirs-rd', '1-2'])
})

test('[MT4] versions of several lines stand one below the other, as whole lines', () => {
  const base = 'start\nold one\nold two\nend\n'
  const current = 'start\nsomething quite new here\nand more of that\nand more\nend\n'
  const incoming = 'start\nold one\nold three\nend\n'
  assert.deepEqual(merge(base, current, incoming), [
    'start\nsomething quite new here\nand more of that\nand more\nold one\nold three\nend\n',
    '2-6',
  ])
})

test('[MT5] a line that one side changed and the other deleted stays, alone', () => {
  const base = 'a\nb\nfoo bar\nc\nd\n'
  assert.deepEqual(merge(base, 'a\nd\n', 'a\nb\nfoo baz\nc\nd\n'), ['a\nfoo baz\nd\n', '2-2'])
  assert.deepEqual(merge(base, 'a\nb\nfoo baz\nc\nd\n', 'a\nd\n'), ['a\nfoo baz\nd\n', '2-2'])
})

test('[MT6] lines that both add at one place follow each other and are no overlap', () => {
  assert.deepEqual(merge('x\n', 'x\nours\n', 'x\ntheirs\n'), ['x\nours\ntheirs\n', ''])
  assert.deepEqual(merge('x', 'x\nours', 'x\ntheirs'), ['x\nours\ntheirs', ''])
  assert.deepEqual(merge('x\n', 'x\nours', 'x\ntheirs\n'), ['x\nours\ntheirs\n', ''])
  assert.deepEqual(merge('x\n', 'ours\nx\n', 'theirs\nx\n'), ['ours\ntheirs\nx\n', ''])
  assert.deepEqual(merge('', 'ours\n', 'theirs\n'), ['ours\ntheirs\n', ''])
  assert.deepEqual(merge('x\r\n', 'x\r\nours\r\n', 'x\r\ntheirs\r\n'), [
    'x\r\nours\r\ntheirs\r\n',
    '',
  ])
})

test('[MT7] what both did alike happens once and is no overlap', () => {
  assert.deepEqual(merge('x\n', 'x\nsame\n', 'x\nsame\n'), ['x\nsame\n', ''])
  assert.deepEqual(merge('x\ny\n', 'x\nsame\ny\nours\n', 'theirs\nx\nsame\ny\n'), [
    'theirs\nx\nsame\ny\nours\n',
    '',
  ])
  assert.deepEqual(merge('x\n', 'x\nsame\n', 'x\nsame\nmore\n'), ['x\nsame\nmore\n', ''])
  assert.deepEqual(merge('a b c\nd\n', 'a B c\nd\nours\n', 'a B c\nD\n'), ['a B c\nD\nours\n', ''])
})

test('[MT8] a formatter that goes over the whole file keeps what others type meanwhile', () => {
  const base = 'function f(a,b){\nif(a){\nreturn b\n}\nreturn a\n}\n'
  const formatted = 'function f(a, b) {\n  if (a) {\n    return b\n  }\n  return a\n}\n'
  const typed = 'function f(a,b){\nif(a){\nlog(a)\nreturn b\n}\nreturn a+1\n}\n'
  const merged = 'function f(a, b) {\n  if (a) {\nlog(a)\n    return b\n  }\n  return a+1\n}\n'
  assert.deepEqual(merge(base, typed, formatted), [merged, '6-6'])
  assert.deepEqual(merge(base, formatted, typed), [merged, '6-6'])
})

test('[MT8] merges 2 MB in bounded steps', () => {
  const lines = Array.from(
    { length: 45_000 },
    (_, index) => `line ${index} has the words w${index * 7} and x${index % 97}`,
  )
  const base = lines.join('\n')
  const worded = base.replaceAll('has', 'had')
  const pairs = [
    [worded, base.replaceAll(' ', '  ')],
    [worded, lines.toReversed().join('\n')],
    ['x\n'.repeat(1e6), worded],
  ] as const
  for (const [current, incoming] of pairs) {
    const cpuMs = startCpuTimer()
    checkedMerge({ base, current, incoming })
    assert.ok(cpuMs() < 10_000)
  }
})

test('what one side puts between two lines is not torn by what the other took from both', () => {
  const base = '<first>\n<second>\n'
  const merge = (current: string, incoming: string) => mergeText({ base, current, incoming }).text
  assert.equal(merge('<second>\n', '<first>\n<new>\n<second>\n'), '<new>\n<second>\n')
  const typed = mergeText({
    base: '<browser-6>\n<u2-1>\n<u1-5>\n',
    current: '<browser-6>\n<u1-11>\n',
    incoming: '<browser-6>\n<u2-1>\n<u2-14>\n<u1-5>\n',
  })
  assert.equal(typed.text, '<browser-6>\n<u2-14>\n<u1-11>\n')
})
