import { alignSequences, type Gap, type StepBudget } from './align-sequences.ts'
import { lineStart, nextLineStart } from './line-places.ts'
import { joinTouching, type TextChange } from './text-change.ts'
import { lineStarts, TokenNumbering, wordStarts } from './tokens.ts'
import { countWordUnits, isSameFromEnd, withoutCommonWords } from './word-units.ts'

/** Work for one comparison: about 50 ms. */
export const newDiffBudget = (): StepBudget => ({ left: 6_000_000 })

/** What setting up a comparison of words costs beside its steps. */
const stepsPerComparison = 1_500

/** Stretches longer than this, both sides together, are compared by lines only. */
const maxWordDiffLength = 600_000

/**
 * What makes `next` of `base`, in whole words: by line, then by word inside groups of changed lines. A line
 * of which only the white space changed is recognized as the same. Sorted; no two changes touch.
 */
export function diffWords(base: string, next: string, budget: StepBudget): TextChange[] {
  return base === next ? [] : new WordDiff(base, next, budget).run()
}

class WordDiff {
  readonly #base: string
  readonly #next: string
  readonly #budget: StepBudget
  readonly #changes: TextChange[] = []

  constructor(base: string, next: string, budget: StepBudget) {
    this.#base = base
    this.#next = next
    this.#budget = budget
  }

  run(): TextChange[] {
    const middle = withoutCommonLines(this.#base, this.#next)
    if (isOneSided(middle)) this.#replace(middle)
    else
      this.#alignLines(middle, {
        isSpaceIgnored: false,
        onSame: undefined,
        onGap: (group) => this.#diffGroup(group),
      })
    return joinTouching(this.#changes)
  }

  #replace({ aFrom, aTo, bFrom, bTo }: Gap): void {
    if (aFrom < aTo || bFrom < bTo)
      this.#changes.push({ from: aFrom, to: aTo, insert: this.#next.slice(bFrom, bTo) })
  }

  /** Calls back, in order, for pairs of lines that are the same (if `onSame`) and for all between them. */
  #alignLines(stretch: Gap, alignment: LineAlignment): void {
    const numbering = new TokenNumbering(alignment)
    const a = numbering.number(this.#base, lineStarts(this.#base, stretch.aFrom, stretch.aTo))
    const b = numbering.number(this.#next, lineStarts(this.#next, stretch.bFrom, stretch.bTo))
    const toOffsets = ({ aFrom, aTo, bFrom, bTo }: Gap): Gap => ({
      aFrom: a.starts[aFrom]!,
      aTo: a.starts[aTo]!,
      bFrom: b.starts[bFrom]!,
      bTo: b.starts[bTo]!,
    })
    let [inA, inB] = [0, 0]
    const passSame = (toA: number) => {
      for (; alignment.onSame && inA < toA; inA += 1, inB += 1)
        alignment.onSame(toOffsets({ aFrom: inA, aTo: inA + 1, bFrom: inB, bTo: inB + 1 }))
    }
    for (const gap of alignSequences(a.ids, b.ids, this.#budget)) {
      passSame(gap.aFrom)
      alignment.onGap(toOffsets(gap))
      inA = gap.aTo
      inB = gap.bTo
    }
    passSame(a.ids.length)
  }

  /** A group of lines of which each differs from its counterpart, if it has one. */
  #diffGroup(group: Gap): void {
    if (isOneSided(group)) this.#replace(group)
    else if (this.#isLinePair(group)) this.#diffLinePair(group)
    // A formatter moves white space only: what is a line on both sides stays one.
    else
      this.#alignLines(group, {
        isSpaceIgnored: true,
        onSame: (pair) => this.#diffLinePair(pair),
        onGap: (unlike) => this.#diffUnlikeLines(unlike),
      })
  }

  #isLinePair({ aFrom, aTo, bFrom, bTo }: Gap): boolean {
    return nextLineStart(this.#base, aFrom) >= aTo && nextLineStart(this.#next, bFrom) >= bTo
  }

  #diffLinePair(pair: Gap): void {
    if (!this.#tryWords(pair, 1 / 8))
      this.#replace(withoutCommonWords(this.#base, this.#next, pair))
  }

  #diffUnlikeLines(group: Gap): void {
    if (isOneSided(group)) return this.#replace(group)
    if (this.#tryWords(group, 1 / 4)) return
    const a = lineStarts(this.#base, group.aFrom, group.aTo)
    const b = lineStarts(this.#next, group.bFrom, group.bTo)
    if (a.length !== b.length) return this.#replace(group)
    for (let line = 0; line + 1 < a.length; line += 1)
      this.#diffLinePair({ aFrom: a[line]!, aTo: a[line + 1]!, bFrom: b[line]!, bTo: b[line + 1]! })
  }

  /**
   * Compares by words. Gives up when that costs too much, or when so little is alike (of the letters and
   * digits, less than `minAlike`) that equal words are chance.
   */
  #tryWords(whole: Gap, minAlike: number): boolean {
    const middle = withoutCommonWords(this.#base, this.#next, whole)
    if (isOneSided(middle)) {
      this.#replace(middle)
      return true
    }
    const length = middle.aTo - middle.aFrom + (middle.bTo - middle.bFrom)
    if (length > maxWordDiffLength) return false
    this.#budget.left -= stepsPerComparison + 4 * length
    if (this.#budget.left < 0) return false
    const numbering = new TokenNumbering({ isSpaceIgnored: false })
    const a = numbering.number(this.#base, wordStarts(this.#base, middle.aFrom, middle.aTo))
    const b = numbering.number(this.#next, wordStarts(this.#next, middle.bFrom, middle.bTo))
    const gaps = alignSequences(a.ids, b.ids, this.#budget).map(({ aFrom, aTo, bFrom, bTo }) => ({
      aFrom: a.starts[aFrom]!,
      aTo: a.starts[aTo]!,
      bFrom: b.starts[bFrom]!,
      bTo: b.starts[bTo]!,
    }))
    if (!this.#isAlike(whole, gaps, minAlike)) return false
    for (const gap of gaps) this.#replace(gap)
    return true
  }

  #isAlike(whole: Gap, gaps: readonly Gap[], minAlike: number): boolean {
    const before = countWordUnits(this.#base, whole.aFrom, whole.aTo)
    const after = countWordUnits(this.#next, whole.bFrom, whole.bTo)
    let removed = 0
    for (const gap of gaps) removed += countWordUnits(this.#base, gap.aFrom, gap.aTo)
    return before - removed >= Math.max(before, after) * minAlike
  }
}

interface LineAlignment {
  readonly isSpaceIgnored: boolean
  readonly onSame: ((pair: Gap) => void) | undefined
  readonly onGap: (gap: Gap) => void
}

function isOneSided({ aFrom, aTo, bFrom, bTo }: Gap): boolean {
  return aFrom === aTo || bFrom === bTo
}

/** What is left between the lines that both texts begin and end with. */
function withoutCommonLines(base: string, next: string): Gap {
  const most = Math.min(base.length, next.length)
  let prefix = 0
  while (prefix < most && base.charCodeAt(prefix) === next.charCodeAt(prefix)) prefix += 1
  prefix = lineStart(base, prefix)
  let suffix = 0
  while (suffix < most - prefix && isSameFromEnd(base, base.length, next, next.length, suffix))
    suffix += 1
  suffix = base.length - nextLineStart(base, base.length - suffix)
  return { aFrom: prefix, aTo: base.length - suffix, bFrom: prefix, bTo: next.length - suffix }
}
