import { diffText } from './diff-text.ts'
import { diffWords, newDiffBudget } from './diff-words.ts'
import { keepBoth } from './keep-both.ts'
import { clusterChanges, sideOf, type Cluster } from './merge-clusters.ts'
import { findOverlaps, type LineRange, type MergedStretch } from './merge-overlaps.ts'
import { applyToString, trimChange, type TextChange } from './text-change.ts'
import { WordSeams } from './word-seams.ts'
import { countWordUnits } from './word-units.ts'

export interface MergeInput {
  /** What `incoming` was made from. */
  readonly base: string
  /** What is there now. */
  readonly current: string
  readonly incoming: string
}

export interface MergedText {
  /** Against `current`, sorted. */
  readonly changes: readonly TextChange[]
  /** `current` with the changes. */
  readonly text: string
  /** Lines of `text` that both sides changed, for a person to look at. Sorted, apart from each other. */
  readonly overlaps: readonly LineRange[]
}

/**
 * Brings what was done from `base` to `incoming` into `current`. Changes of different words both happen.
 * Where both sides changed the same words, both versions stay, the current one first; what one side
 * deleted and the other changed stays as changed; what both did alike happens once. Lines that both have
 * added at one place follow each other. Bounded and deterministic like `diffText`.
 */
export function mergeText({ base, current, incoming }: MergeInput): MergedText {
  if (incoming === base || incoming === current) return { changes: [], text: current, overlaps: [] }
  if (current === base) return { changes: diffText(base, incoming), text: incoming, overlaps: [] }
  const changes: TextChange[] = []
  const stretches: MergedStretch[] = []
  const clusters = clusterChanges(base, changesOfSide(base, current), changesOfSide(base, incoming))
  /** How much longer the current and the merged text are than the base, up to here. */
  let [currentShift, mergedShift] = [0, 0]
  const seams = new WordSeams(base)
  for (const [index, cluster] of clusters.entries()) {
    const { from, to } = cluster
    const { by, ours, text } = mergeCluster(base, cluster)
    const merged = seams.part(from, to, text, clusters[index + 1]?.from !== to)
    const start = from + currentShift
    const change = trimChange(current, { from: start, to: start + ours.length, insert: merged })
    if (change) changes.push(change)
    const mergedFrom = from + mergedShift
    stretches.push({ ...cluster, by, mergedFrom, mergedTo: mergedFrom + merged.length })
    currentShift += ours.length - (to - from)
    mergedShift += merged.length - (to - from)
  }
  const text = applyToString(current, changes)
  return { changes, text, overlaps: findOverlaps(base, text, stretches) }
}

interface MergedCluster {
  readonly by: MergedStretch['by']
  /** The stretch as it is in the current text. */
  readonly ours: string
  readonly text: string
}

function mergeCluster(base: string, cluster: Cluster): MergedCluster {
  const ours = sideOf(base, cluster, cluster.ours)
  if (cluster.theirs.length === 0) return { by: 'ours', ours, text: ours }
  const theirs = sideOf(base, cluster, cluster.theirs)
  if (cluster.ours.length === 0) return { by: 'theirs', ours, text: theirs }
  if (ours === theirs) return { by: 'same', ours, text: ours }
  return { by: 'both', ours, text: keepBoth(base, cluster, ours, theirs) }
}

function changesOfSide(base: string, side: string): TextChange[] {
  const phrases = joinPhrases(base, diffWords(base, side, newDiffBudget()))
  return slideToPieces(base, phrases).flatMap((change) => splitDeletion(base, change))
}

/**
 * The same edits, with what was only deleted or only inserted taken from the start of a run of what is no space, where
 * that is the same: of `<one>` and `<two>` in two lines, a diff may find `one>` and the `<` behind it deleted, and what
 * the other side puts between the lines would come between the `<` and `two>`.
 */
function slideToPieces(base: string, changes: readonly TextChange[]): TextChange[] {
  const slid: TextChange[] = []
  for (const change of changes) {
    const { from, to, insert } = change
    const room = base.slice(Math.max(slid.at(-1)?.to ?? 0, from - maxSlide), from)
    const head = /\S+$/.exec(room)?.[0] ?? ''
    const moved = insert === '' ? base.slice(from, to) : from === to ? insert : ''
    const isSame = head !== '' && head.length < maxSlide && moved.length > head.length
    if (isSame && moved.endsWith(head))
      slid.push({
        from: from - head.length,
        to: to - head.length,
        insert: insert === '' ? '' : head + insert.slice(0, -head.length),
      })
    else slid.push(change)
  }
  return slid
}

const maxSlide = 200

/**
 * Makes one change of changed words with nothing but blanks and punctuation between them: a phrase that was
 * written anew is not mixed, word by word, with what the other side made of it.
 */
function joinPhrases(base: string, changes: readonly TextChange[]): TextChange[] {
  const joined: TextChange[] = []
  for (const change of changes) {
    const last = joined.at(-1)
    const between = last && base.slice(last.to, change.from)
    if (
      last &&
      between !== undefined &&
      isJoiner(between) &&
      hasWords(base, last) &&
      hasWords(base, change)
    )
      joined[joined.length - 1] = {
        from: last.from,
        to: change.to,
        insert: last.insert + between + change.insert,
      }
    else joined.push(change)
  }
  return joined
}

const isJoiner = (text: string) =>
  !text.includes('\n') && countWordUnits(text, 0, text.length) === 0

function hasWords(base: string, { from, to, insert }: TextChange): boolean {
  return countWordUnits(base, from, to) + countWordUnits(insert, 0, insert.length) > 0
}

/** Deletes line by line, so that a line that the other side changed is kept alone, not with all others. */
function splitDeletion(base: string, change: TextChange): TextChange[] {
  if (change.insert !== '') return [change]
  const parts: TextChange[] = []
  let from = change.from
  for (
    let end = base.indexOf('\n', from);
    end >= 0 && end + 1 < change.to;
    end = base.indexOf('\n', from)
  ) {
    parts.push({ from, to: end + 1, insert: '' })
    from = end + 1
  }
  parts.push({ from, to: change.to, insert: '' })
  return parts
}
