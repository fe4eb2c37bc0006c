import { lineStart, nextLineStart } from './line-places.ts'
import { applyToString, type TextChange } from './text-change.ts'

/** What was changed in one stretch `[from, to)` of the base, by one side or by both. */
export interface Cluster {
  from: number
  to: number
  readonly ours: TextChange[]
  readonly theirs: TextChange[]
}

/**
 * Puts changes of two sides that meet into one cluster: ranges that overlap, an insertion within the range
 * of another, insertions at one place. What only touches stays apart. Where both rewrote more than a part
 * of a line, the cluster grows to whole lines. Sorted.
 */
export function clusterChanges(
  base: string,
  ours: readonly TextChange[],
  theirs: readonly TextChange[],
): Cluster[] {
  let clusters = joinMeeting([
    ...ours.map((change) => ({ from: change.from, to: change.to, ours: [change], theirs: [] })),
    ...theirs.map((change) => ({ from: change.from, to: change.to, ours: [], theirs: [change] })),
  ])
  // Growing may reach the next cluster, which may then have to grow.
  while (growToLines(base, clusters)) clusters = joinMeeting(clusters)
  return clusters
}

function joinMeeting(clusters: readonly Cluster[]): Cluster[] {
  const joined: Cluster[] = []
  for (const cluster of clusters.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    const last = joined.at(-1)
    if (!last || !meets(last, cluster)) {
      joined.push(cluster)
      continue
    }
    last.to = Math.max(last.to, cluster.to)
    last.ours.push(...cluster.ours)
    last.theirs.push(...cluster.theirs)
  }
  return joined
}

/** `next` does not begin before `last`. */
function meets(last: Cluster, next: Cluster): boolean {
  if (next.from < last.to) return true
  const isEmpty = last.from === last.to && next.from === next.to
  return isEmpty && next.from === last.from
}

function growToLines(base: string, clusters: Cluster[]): boolean {
  let hasGrown = false
  for (const cluster of clusters) {
    if (!needsLines(base, cluster)) continue
    const from = lineStart(base, cluster.from)
    const to =
      cluster.to === lineStart(base, cluster.to) ? cluster.to : nextLineStart(base, cluster.to)
    hasGrown ||= from < cluster.from || to > cluster.to
    cluster.from = from
    cluster.to = to
  }
  return hasGrown
}

/** Two versions of several lines are read one below the other, not one inside the other. */
function needsLines(base: string, cluster: Cluster): boolean {
  if (cluster.ours.length === 0 || cluster.theirs.length === 0 || cluster.from === cluster.to)
    return false
  const isWithinLine = (text: string) => !text.includes('\n')
  if (
    isWithinLine(base.slice(cluster.from, cluster.to)) &&
    [...cluster.ours, ...cluster.theirs].every((change) => isWithinLine(change.insert))
  )
    return false
  return sideOf(base, cluster, cluster.ours) !== sideOf(base, cluster, cluster.theirs)
}

/** The stretch of a cluster as one side has it. */
export function sideOf(base: string, cluster: Cluster, changes: readonly TextChange[]): string {
  return applyToString(
    base.slice(cluster.from, cluster.to),
    changes
      .toSorted((a, b) => a.from - b.from || a.to - b.to)
      .map(({ from, to, insert }) => ({
        from: from - cluster.from,
        to: to - cluster.from,
        insert,
      })),
  )
}
