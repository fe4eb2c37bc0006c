import type { TextChange } from './text-change.ts'

/**
 * The same edit in at most `max` changes (at least 1): neighbours are joined, the text between them written
 * anew, in rounds of doubling distance. `changes` are against `text`, sorted and not overlapping.
 */
export function limitChanges(
  text: string,
  changes: readonly TextChange[],
  max: number,
): readonly TextChange[] {
  let limited = changes
  for (let distance = 1; limited.length > Math.max(1, max); distance *= 2)
    limited = joinNear(text, limited, distance)
  return limited
}

function joinNear(text: string, changes: readonly TextChange[], distance: number): TextChange[] {
  const joined: TextChange[] = []
  let group: TextChange[] = []
  const close = () => {
    const [first, last] = [group[0], group.at(-1)]
    if (first && last) joined.push({ from: first.from, to: last.to, insert: insertOf(text, group) })
    group = []
  }
  for (const change of changes) {
    const last = group.at(-1)
    if (last && change.from - last.to > distance) close()
    group.push(change)
  }
  close()
  return joined
}

function insertOf(text: string, group: readonly TextChange[]): string {
  const parts: string[] = []
  let end: number | undefined
  for (const { from, to, insert } of group) {
    if (end !== undefined) parts.push(text.slice(end, from))
    parts.push(insert)
    end = to
  }
  return parts.join('')
}
