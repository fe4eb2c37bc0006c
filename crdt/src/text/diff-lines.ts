import { alignSequences, type Gap, type StepBudget } from './align-sequences.ts'
import { diffWords, newDiffBudget } from './diff-words.ts'
import { lineStarts, TokenNumbering } from './tokens.ts'
import { countWordUnits } from './word-units.ts'

export interface DiffSpan {
  readonly text: string
  readonly changed: boolean
}

/** One line, without its LF. Numbers count from 1; a line has none on the side where it is not. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly oldLine: number | null
  readonly newLine: number | null
  /** Joined they are the line. An empty line has none. */
  readonly spans: readonly DiffSpan[]
}

export interface DiffHunk {
  readonly lines: readonly DiffLine[]
}

/** What a person reads to see how a text has changed. */
export interface LineDiff {
  /** How many lines. */
  readonly added: number
  readonly removed: number
  /** In order; each with up to three unchanged lines around it, which belong to one hunk only. */
  readonly hunks: readonly DiffHunk[]
}

const contextLines = 3

/**
 * Compares texts by line, and lines that stand for each other by word. A text that ends with LF has no
 * empty line behind it, unless only one of both does. Bounded and deterministic like `diffText`.
 */
export function diffLines(oldText: string, newText: string): LineDiff {
  const budget = newDiffBudget()
  const [oldLines, newLines] = splitForDisplay(oldText, newText)
  const numbering = new TokenNumbering({ isSpaceIgnored: false })
  const gaps = alignSequences(
    numberLines(numbering, oldLines),
    numberLines(numbering, newLines),
    budget,
  )
  const hunks = groupGaps(gaps).map((group) => ({
    lines: presentHunk(group, oldLines, newLines, budget),
  }))
  return {
    added: gaps.reduce((sum, gap) => sum + gap.bTo - gap.bFrom, 0),
    removed: gaps.reduce((sum, gap) => sum + gap.aTo - gap.aFrom, 0),
    hunks,
  }
}

function splitForDisplay(oldText: string, newText: string): [string[], string[]] {
  const isEnded = (text: string) => text === '' || text.endsWith('\n')
  const bothEnded = isEnded(oldText) && isEnded(newText)
  const split = (text: string) => {
    if (text === '') return []
    const lines = text.split('\n')
    return bothEnded ? lines.slice(0, -1) : lines
  }
  return [split(oldText), split(newText)]
}

function numberLines(numbering: TokenNumbering, lines: readonly string[]): Int32Array {
  const text = lines.join('\n') + '\n'
  return lines.length === 0
    ? new Int32Array()
    : numbering.number(text, lineStarts(text, 0, text.length)).ids
}

/** Gaps that are so near to each other that what is between them is context of both. */
function groupGaps(gaps: readonly Gap[]): Gap[][] {
  const groups: Gap[][] = []
  for (const gap of gaps) {
    const last = groups.at(-1)?.at(-1)
    if (last && gap.aFrom - last.aTo <= 2 * contextLines) groups.at(-1)?.push(gap)
    else groups.push([gap])
  }
  return groups
}

function presentHunk(
  gaps: readonly Gap[],
  oldLines: readonly string[],
  newLines: readonly string[],
  budget: StepBudget,
): DiffLine[] {
  const first = gaps[0]!
  const last = gaps.at(-1)!
  const lines: DiffLine[] = []
  let inOld = Math.max(0, first.aFrom - contextLines)
  let inNew = first.bFrom - (first.aFrom - inOld)
  const passSame = (toOld: number) => {
    for (; inOld < toOld; inOld += 1, inNew += 1)
      lines.push({
        kind: 'same',
        oldLine: inOld + 1,
        newLine: inNew + 1,
        spans: spanOf(oldLines[inOld]!, false),
      })
  }
  for (const gap of gaps) {
    passSame(gap.aFrom)
    for (const line of presentGap(gap, oldLines, newLines, budget)) lines.push(line)
    inOld = gap.aTo
    inNew = gap.bTo
  }
  passSame(Math.min(oldLines.length, last.aTo + contextLines))
  return lines
}

/** Removed lines, then added ones. The first of these stand for the first of those, and so on. */
function presentGap(
  gap: Gap,
  oldLines: readonly string[],
  newLines: readonly string[],
  budget: StepBudget,
): DiffLine[] {
  const removed: DiffLine[] = []
  const added: DiffLine[] = []
  for (let index = 0; index < Math.max(gap.aTo - gap.aFrom, gap.bTo - gap.bFrom); index += 1) {
    const [oldIndex, newIndex] = [gap.aFrom + index, gap.bFrom + index]
    const before = oldIndex < gap.aTo ? oldLines[oldIndex] : undefined
    const after = newIndex < gap.bTo ? newLines[newIndex] : undefined
    const spans = spansOfPair(before, after, budget)
    if (before !== undefined)
      removed.push({ kind: 'removed', oldLine: oldIndex + 1, newLine: null, spans: spans.before })
    if (after !== undefined)
      added.push({ kind: 'added', oldLine: null, newLine: newIndex + 1, spans: spans.after })
  }
  return [...removed, ...added]
}

interface PairSpans {
  readonly before: DiffSpan[]
  readonly after: DiffSpan[]
}

function spansOfPair(
  before: string | undefined,
  after: string | undefined,
  budget: StepBudget,
): PairSpans {
  if (before === undefined || after === undefined)
    return { before: spanOf(before ?? '', true), after: spanOf(after ?? '', true) }
  const spans: PairSpans = { before: [], after: [] }
  let from = 0
  for (const change of diffWords(before, after, budget)) {
    const same = spanOf(before.slice(from, change.from), false)
    spans.before.push(...same, ...spanOf(before.slice(change.from, change.to), true))
    spans.after.push(...same, ...spanOf(change.insert, true))
    from = change.to
  }
  const rest = spanOf(before.slice(from), false)
  spans.before.push(...rest)
  spans.after.push(...rest)
  return hasSameWord(spans.before)
    ? spans
    : { before: spanOf(before, true), after: spanOf(after, true) }
}

/** Marks that point out nothing but equal blanks and commas would only distract. */
function hasSameWord(spans: readonly DiffSpan[]): boolean {
  return spans.some(({ text, changed }) => !changed && countWordUnits(text, 0, text.length) > 0)
}

function spanOf(text: string, changed: boolean): DiffSpan[] {
  return text === '' ? [] : [{ text, changed }]
}
