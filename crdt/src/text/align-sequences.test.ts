import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fuzz } from '../testing/fuzz.ts'
import { alignSequences, type Gap } from './align-sequences.ts'

function align(a: readonly number[], b: readonly number[], steps = 1_000_000): Gap[] {
  return alignSequences(Int32Array.from(a), Int32Array.from(b), { left: steps })
}

/** `b` as the gaps make it of `a`; fails where they are not in order or leave out a difference. */
function rebuild(a: readonly number[], b: readonly number[], gaps: readonly Gap[]): number[] {
  const built: number[] = []
  let [inA, inB] = [0, 0]
  for (const gap of gaps) {
    assert.ok(
      gap.aFrom >= inA && gap.aTo >= gap.aFrom && gap.aTo - gap.aFrom + gap.bTo - gap.bFrom > 0,
    )
    assert.equal(gap.bFrom - inB, gap.aFrom - inA)
    for (const token of a.slice(inA, gap.aFrom)) built.push(token)
    for (const token of b.slice(gap.bFrom, gap.bTo)) built.push(token)
    inA = gap.aTo
    inB = gap.bTo
  }
  for (const token of a.slice(inA)) built.push(token)
  return built
}

function longestCommon(a: readonly number[], b: readonly number[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0)
  for (const token of a) {
    const next = [0]
    for (const [index, other] of b.entries())
      next.push(
        token === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0),
      )
    row = next
  }
  return row.at(-1) ?? 0
}

test('[DT1] gaps are all that differs, with any budget', () => {
  fuzz({ runs: 5_000, seed: 2_000 }, (random) => {
    const tokens = 1 + random.below(random.pick([2, 5, 40]))
    const sequence = () => Array.from({ length: random.below(40) }, () => random.below(tokens))
    const [a, b] = [sequence(), sequence()]
    assert.deepEqual(rebuild(a, b, align(a, b, random.pick([0, 5, 50, 1_000_000]))), b)
  })
})

/** Whether some token stands once on each side between what both begin and end with. */
function hasAnchor(a: readonly number[], b: readonly number[]): boolean {
  let [from, end] = [0, 0]
  const most = Math.min(a.length, b.length)
  while (from < most && a[from] === b[from]) from += 1
  while (end < most - from && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const isOnce = (tokens: readonly number[], token: number) =>
    tokens.slice(from, tokens.length - end).filter((other) => other === token).length === 1
  return a.some((token) => isOnce(a, token) && isOnce(b, token))
}

test('[DT2] where no token stands out, as much as can stay does', () => {
  let compared = 0
  fuzz({ runs: 3_000, seed: 3_000 }, (random) => {
    const sequence = () => Array.from({ length: random.below(40) }, () => random.below(4))
    const [a, b] = [sequence(), sequence()]
    if (hasAnchor(a, b)) return
    compared += 1
    const kept = a.length - align(a, b).reduce((sum, gap) => sum + gap.aTo - gap.aFrom, 0)
    assert.equal(kept, longestCommon(a, b))
  })
  assert.ok(compared > 1_000)
})

test('[DT4] hundreds of thousands of lines that stay are no matter', () => {
  const a = Array.from({ length: 400_000 }, (_, index) => index)
  const b = a.map((token) => (token % 399_999 === 0 ? 400_000 : token))
  assert.deepEqual(
    align(a, b, 10_000_000).map((gap) => [gap.aFrom, gap.aTo]),
    [
      [0, 1],
      [399_999, 400_000],
    ],
  )
})
