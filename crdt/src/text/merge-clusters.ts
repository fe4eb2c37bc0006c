import { isNewLines, lineStart, nextLineStart } from './line-places.ts'
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
 * of another, insertions at one place. What only touches stays apart. Where both
 * rewrote more than a part of a line, the cluster grows to whole lines. Sorted.
 */
export function clusterChanges(
  base: string,
  ours: readonly TextChange[],
  theirs: readonly TextChange[],
): Cluster[] {
  let clusters = joinMeeting(base, [
    ...ours.map((change) => ({ from: change.from, to: change.to, ours: [change], theirs: [] })),
    ...theirs.map((change) => ({ from: change.from, to: change.to, ours: [], theirs: [change] })),
  ])
  // A cluster that has grown may reach the next one, which may then have to grow. After some rounds that
  // goes too far for anyone to read, and the rest stays apart.
  for (let rounds = 0; rounds < maxRounds && growToLines(base, clusters); rounds += 1)
    clusters = joinMeeting(base, clusters)
  return clusters
}

const maxRounds = 8

function joinMeeting(base: string, clusters: readonly Cluster[]): Cluster[] {
  const inOrder = clusters
    .map((cluster) => ({ cluster, rank: rankOf(base, cluster) }))
    .toSorted(
      (a, b) => a.cluster.from - b.cluster.from || a.cluster.to - b.cluster.to || a.rank - b.rank,
    )
  const joined: Cluster[] = []
  let lastRank = 0
  for (const { cluster, rank } of inOrder) {
    const last = joined.at(-1)
    if (last && meets(last, cluster, rank === lastRank)) {
      last.to = Math.max(last.to, cluster.to)
      for (const change of cluster.ours) last.ours.push(change)
      for (const change of cluster.theirs) last.theirs.push(change)
    } else joined.push(cluster)
    lastRank = rank
  }
  return joined
}

/** `next` does not begin before `last`. */
function meets(last: Cluster, next: Cluster, isSameRank: boolean): boolean {
  if (next.from < last.to) return true
  return isSameRank && last.from === last.to && next.from === next.to && next.from === last.from
}

/**
 * Of insertions at one place, new lines before it come first and new lines behind it last, so that what is
 * inserted into the line itself stays in it.
 */
function rankOf(base: string, { from, to, ours, theirs }: Cluster): number {
  const change = ours[0] ?? theirs[0]
  if (from < to || !change || !isNewLines(base, change)) return 1
  return lineStart(base, from) === from ? 0 : 2
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
