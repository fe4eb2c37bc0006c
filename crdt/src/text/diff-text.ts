import { alignSequences, type Gap, type StepBudget } from './align-sequences.ts'
import { diffWords, newDiffBudget } from './diff-words.ts'
import { trimChange, type TextChange } from './text-change.ts'

/** Longer replacements are not compared by character. */
const maxCharacterDiffLength = 400

/** More pieces than these would scatter the letters of one word over another. */
const maxPieces = 4

/**
 * The changes that make `next` of `base`: by line, then by word and character inside changed lines. Few and
 * small, so that cursors and concurrent edits stay where they are. Takes bounded time (2 MB in well under
 * 200 ms); what would take longer is replaced in larger parts. The same texts give the same changes on
 * every machine.
 */
export function diffText(base: string, next: string): TextChange[] {
  const budget = newDiffBudget()
  return diffWords(base, next, budget).flatMap((change) => diffCharacters(base, change, budget))
}

function diffCharacters(base: string, whole: TextChange, budget: StepBudget): TextChange[] {
  const change = trimChange(base, whole)
  if (!change) return []
  const { from, to, insert } = change
  const length = to - from + insert.length
  if (from === to || insert === '' || length > maxCharacterDiffLength) return [change]
  budget.left -= 1_500 + 4 * length
  if (budget.left < 0) return [change]
  const a = Array.from(base.slice(from, to))
  const b = Array.from(insert)
  const numbers = new Map<string, number>()
  const numberOf = (character: string) =>
    numbers.get(character) ?? (numbers.set(character, numbers.size), numbers.size - 1)
  const gaps = alignSequences(Int32Array.from(a, numberOf), Int32Array.from(b, numberOf), budget)
  if (gaps.length > maxPieces || !isMostlyKept(gaps, a.length, b.length)) return [change]
  let [offset, inA] = [from, 0]
  return gaps.map(({ aFrom, aTo, bFrom, bTo }) => {
    offset += a.slice(inA, aFrom).join('').length
    const start = offset
    offset += a.slice(aFrom, aTo).join('').length
    inA = aTo
    return { from: start, to: offset, insert: b.slice(bFrom, bTo).join('') }
  })
}

/** Otherwise it is another word, and what is the same in it is chance. */
function isMostlyKept(gaps: readonly Gap[], before: number, after: number): boolean {
  const removed = gaps.reduce((sum, { aFrom, aTo }) => sum + aTo - aFrom, 0)
  return (before - removed) * 2 >= Math.max(before, after)
}
