import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../testing/fuzz.ts'
import { editRandomly, randomText } from '../testing/random-text.ts'
import { diffLines, type DiffLine } from './diff-lines.ts'
import { startCpuTimer } from '../testing/cpu-timer.ts'

/** As a person sees it: a sign, the numbers, the line with its changed parts in brackets. */
function shown(oldText: string, newText: string): string[][] {
  return diffLines(oldText, newText).hunks.map(({ lines }) =>
    lines.map(({ kind, oldLine, newLine, spans }) => {
      const text = spans.map((span) => (span.changed ? `[${span.text}]` : span.text)).join('')
      return `${{ same: ' ', added: '+', removed: '-' }[kind]}${oldLine ?? ''}:${newLine ?? ''} ${text}`
    }),
  )
}

test('[DL1] shows removed and added lines with what changed in them', () => {
  assert.deepEqual(shown('a\nb c d\ne\n', 'a\nb X d\ne\nf\n'), [
    [' 1:1 a', '-2: b [c] d', '+:2 b [X] d', ' 3:3 e', '+:4 [f]'],
  ])
  assert.deepEqual(shown('one\n', 'two\n'), [['-1: [one]', '+:1 [two]']])
  assert.deepEqual(shown('a\n\nb\n', 'a\nb\n'), [[' 1:1 a', '-2: ', ' 3:2 b']])
})

test('[DL2] three lines of context stand around a change, and near changes share a hunk', () => {
  const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`)
  const text = (changed: number[]) =>
    lines.map((line, index) => (changed.includes(index + 1) ? `${line}!` : line)).join('\n')
  const ranges = (changed: number[]) =>
    diffLines(text([]), text(changed)).hunks.map(({ lines }) => {
      const numbers = lines.flatMap(({ oldLine }) => oldLine ?? [])
      return [Math.min(...numbers), Math.max(...numbers)]
    })
  assert.deepEqual(ranges([10]), [[7, 13]])
  assert.deepEqual(ranges([10, 17]), [[7, 20]])
  assert.deepEqual(ranges([10, 18]), [
    [7, 13],
    [15, 21],
  ])
  assert.deepEqual(ranges([1, 30]), [
    [1, 4],
    [27, 30],
  ])
})

test('[DL3] the line end at the end of a text is no line, but shows where only one text has it', () => {
  assert.deepEqual(shown('', 'a\n'), [['+:1 [a]']])
  assert.deepEqual(shown('a\n', ''), [['-1: [a]']])
  assert.deepEqual(shown('a\n', 'a\nb\n'), [[' 1:1 a', '+:2 [b]']])
  assert.deepEqual(shown('a', 'a\nb'), [[' 1:1 a', '+:2 [b]']])
  assert.deepEqual(shown('a', 'a\n'), [[' 1:1 a', '+:2 ']])
  assert.deepEqual(diffLines('a\n', 'a\n'), { added: 0, removed: 0, hunks: [] })
  assert.deepEqual(diffLines('', ''), { added: 0, removed: 0, hunks: [] })
})

const textOf = (line: DiffLine) => line.spans.map(({ text }) => text).join('')

test('[DL4] the hunks are true to both texts, and make the new one of the old one', () => {
  fuzz({ runs: 2_000, seed: 60_000 }, (random) => {
    const oldText = randomText(random, 80)
    const newText = editRandomly(random, oldText, () => randomText(random, 3))
    const { hunks, added, removed } = diffLines(oldText, newText)
    const lines = hunks.flatMap((hunk) => hunk.lines)
    const [oldLines, newLines] = [oldText.split('\n'), newText.split('\n')]
    for (const line of lines) {
      if (line.oldLine !== null) assert.equal(textOf(line), oldLines[line.oldLine - 1])
      if (line.newLine !== null) assert.equal(textOf(line), newLines[line.newLine - 1])
      assert.equal(line.oldLine === null, line.kind === 'added')
      assert.equal(line.newLine === null, line.kind === 'removed')
      assert.ok(line.spans.every(({ text }) => text !== ''))
    }
    const gone = new Set(
      lines.filter(({ kind }) => kind === 'removed').map(({ oldLine }) => oldLine),
    )
    const come = new Set(lines.filter(({ kind }) => kind === 'added').map(({ newLine }) => newLine))
    assert.deepEqual([gone.size, come.size], [removed, added])
    const kept = oldLines.filter((_, index) => !gone.has(index + 1))
    const old = newLines.filter((_, index) => !come.has(index + 1))
    // A text without its last, empty line is the same list of lines.
    assert.deepEqual(kept.join('\n').replace(/\n$/, ''), old.join('\n').replace(/\n$/, ''))
  })
})

test('[DL5] shows 2 MB that were written anew in bounded steps', () => {
  const text = (word: string) =>
    Array.from(
      { length: 45_000 },
      (_, index) => `${word} ${index} ${word} and ${word} again, ${word}`,
    ).join('\n')
  const cpuMs = startCpuTimer()
  const { added, removed } = diffLines(text('one'), text('other'))
  assert.deepEqual([added, removed], [45_000, 45_000])
  assert.ok(cpuMs() < 10_000)
})
