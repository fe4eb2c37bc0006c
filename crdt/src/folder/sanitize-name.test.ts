import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../testing/fuzz.ts'
import { derivedNames } from './free-name.ts'
import { findNameFault } from './node-name.ts'
import { sanitizeName } from './sanitize-name.ts'
import { startCpuTimer } from '../testing/cpu-timer.ts'

test('[NN5] keeps a name that is allowed', () => {
  for (const name of ['a', '.gitignore', 'Zoë’s notes.md', 'e\u0301', 'a'.repeat(255)])
    assert.equal(sanitizeName(name), name)
})

test('[NN5] gives the nearest name to one that is refused', () => {
  const nearest: readonly (readonly [string, string])[] = [
    ['', 'Untitled'],
    ['.', 'Untitled'],
    [' .. ', 'Untitled'],
    ['a/b\\c', 'a_b_c'],
    ['what?', 'what_'],
    ['a\0b\n', 'a_b_'],
    ['a\ud800b', 'a_b'],
    ['notes. . ', 'notes'],
    ['con', 'con_'],
    ['Nul.txt', 'Nul_.txt'],
    ['aux.tar.gz', 'aux_.tar.gz'],
    ['con .txt', 'con_ .txt'],
    ['LPT³', 'LPT³_'],
    [`${'a'.repeat(300)}.md`, `${'a'.repeat(252)}.md`],
    [`${'é'.repeat(200)}.md`, `${'é'.repeat(126)}.md`],
    [`${'👩‍👩‍👧'.repeat(20)}.md`, `${'👩‍👩‍👧'.repeat(14)}.md`],
    [`con${' '.repeat(300)}x`, 'con_'],
    [`con.${'a'.repeat(251)}.md`, `con_.${'a'.repeat(247)}.md`],
    [`a${'\u0301'.repeat(200)}`, `a${'\u0301'.repeat(127)}`],
  ]
  for (const [refused, name] of nearest) assert.equal(sanitizeName(refused), name)
})

const pieces = [
  'a',
  'con',
  'lpt1',
  '.',
  ' ',
  '..',
  '.md',
  '/',
  '?',
  '\n',
  'é',
  '漢',
  '😀',
  '👩‍👩‍👧',
  '\u0301',
  '\ud800',
  '\udc00',
  'ı',
  ' (2)',
  'x'.repeat(120),
  'é'.repeat(60),
  '.'.repeat(90),
  '👩‍👩‍👧'.repeat(7),
]

test('[NN5] gives a name that is allowed for any, and so do the names derived from it', () => {
  fuzz({ runs: 20_000, seed: 1 }, (random) => {
    let name = ''
    for (let left = random.below(9); left > 0; left -= 1) name += random.pick(pieces)
    const kept = sanitizeName(name)
    assert.equal(findNameFault(kept), undefined, JSON.stringify({ name, kept }))
    for (const derived of derivedNames(kept).take(2))
      assert.equal(findNameFault(derived), undefined, JSON.stringify({ name, derived }))
  })
})

test('[NN5] takes no time for a name of a megabyte', () => {
  const cpuMs = startCpuTimer()
  for (const piece of ['.', ' ', 'a', '. ', '👩‍👩‍👧', '\u0301', ' (2)', '/'])
    assert.equal(
      findNameFault(sanitizeName(`${piece.repeat(1_000_000 / piece.length)}x`)),
      undefined,
    )
  assert.ok(cpuMs() < 4_000)
})
