import { isNewLines, LineNumbers } from './line-places.ts'
import type { Cluster } from './merge-clusters.ts'

/** Numbers of lines, counted from 1; `toLine` is the last one. */
export interface LineRange {
  readonly fromLine: number
  readonly toLine: number
}

/** A cluster and what became of it. */
export interface MergedStretch extends Cluster {
  /** `same`: both sides did the same. */
  readonly by: 'ours' | 'theirs' | 'same' | 'both'
  /** Where it stands in the merged text. */
  readonly mergedFrom: number
  readonly mergedTo: number
}

interface Group extends LineRange {
  hasOurs: boolean
  hasTheirs: boolean
  mergedFrom: number
  mergedTo: number
}

/**
 * The lines of the merged text in which both sides changed something, unless it was the same. A new line
 * is no change of the lines around it.
 */
export function findOverlaps(
  base: string,
  merged: string,
  stretches: readonly MergedStretch[],
): LineRange[] {
  const overlaps: LineRange[] = []
  const mergedLines = new LineNumbers(merged)
  for (const group of groupByLine(base, stretches)) {
    if (!group.hasOurs || !group.hasTheirs) continue
    const fromLine = mergedLines.at(group.mergedFrom)
    const toLine = mergedLines.at(Math.max(group.mergedFrom, group.mergedTo - 1))
    const last = overlaps.at(-1)
    if (last && fromLine <= last.toLine)
      overlaps[overlaps.length - 1] = {
        fromLine: last.fromLine,
        toLine: Math.max(last.toLine, toLine),
      }
    else overlaps.push({ fromLine, toLine })
  }
  return overlaps
}

/** Stretches that touch the same lines of the base. */
function groupByLine(base: string, stretches: readonly MergedStretch[]): Group[] {
  const baseLines = new LineNumbers(base)
  const groups: Group[] = []
  for (const stretch of stretches) {
    const lines = stretch.by === 'same' ? undefined : touchedLines(base, baseLines, stretch)
    if (!lines) continue
    const last = groups.at(-1)
    const group = last && lines.fromLine <= last.toLine ? last : undefined
    const joined = {
      fromLine: group?.fromLine ?? lines.fromLine,
      toLine: Math.max(group?.toLine ?? 0, lines.toLine),
      hasOurs: (group?.hasOurs ?? false) || stretch.by !== 'theirs',
      hasTheirs: (group?.hasTheirs ?? false) || stretch.by !== 'ours',
      mergedFrom: group?.mergedFrom ?? stretch.mergedFrom,
      mergedTo: stretch.mergedTo,
    }
    if (group) groups[groups.length - 1] = joined
    else groups.push(joined)
  }
  return groups
}

function touchedLines(
  base: string,
  lines: LineNumbers,
  stretch: MergedStretch,
): LineRange | undefined {
  if (stretch.from < stretch.to) {
    const isLastLineGone = base[stretch.from] === '\n' && stretch.to === base.length
    const fromLine = lines.at(stretch.from) + (isLastLineGone ? 1 : 0)
    return { fromLine, toLine: Math.max(fromLine, lines.at(stretch.to - 1)) }
  }
  const changes = [...stretch.ours, ...stretch.theirs]
  if (changes.every((change) => isNewLines(base, change))) return undefined
  const line = lines.at(stretch.from)
  return { fromLine: line, toLine: line }
}
