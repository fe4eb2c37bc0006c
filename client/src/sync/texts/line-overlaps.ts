import { diffText, mergeText, type LineRange, type TextChange } from '@cloudsync/crdt'

/**
 * The lines of `merged` in which both sides have changed something since `base`, and not the same. Found in a merge of
 * their words, whose lines are then looked up in what Yjs made of both: there every word stands too, if elsewhere.
 */
export function findLineOverlaps({
  base,
  ours,
  theirs,
  merged,
}: {
  readonly base: string
  readonly ours: string
  readonly theirs: string
  readonly merged: string
}): readonly LineRange[] {
  if (ours === base || theirs === base || ours === theirs) return []
  const found = mergeText({ base, current: theirs, incoming: ours })
  if (found.text === merged || found.overlaps.length === 0) return found.overlaps
  const changes = diffText(found.text, merged)
  const starts = lineStarts(found.text)
  const lineAt = (offset: number) => countLines(merged, movedBy(changes, offset))
  return found.overlaps.map(({ fromLine, toLine }) => {
    const from = lineAt(starts[fromLine - 1] ?? 0)
    const end = (starts[toLine] ?? found.text.length + 1) - 1
    return { fromLine: from, toLine: Math.max(from, lineAt(end)) }
  })
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function countLines(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1))
    line += 1
  return line
}

/** Where a place of a text is after changes of it. */
function movedBy(changes: readonly TextChange[], offset: number): number {
  let shift = 0
  for (const { from, to, insert } of changes) {
    if (from >= offset) break
    shift += insert.length - (Math.min(to, offset) - from)
  }
  return offset + shift
}
