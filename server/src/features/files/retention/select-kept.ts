/** For how long which versions of a file stay, in days of their age. */
export interface RetentionPolicy {
  /** Every one. */
  readonly all: number
  /** Then the last one of each hour … */
  readonly hourly: number
  /** … and of each day; older than that, of each week. */
  readonly daily: number
}

export interface KeptCandidate {
  readonly number: number
  readonly createdAt: Date
  /** Whether it stays whatever its age: it is what the file holds, has a name, or is a side of a conflict. */
  readonly isPinned: boolean
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const weekMs = 7 * dayMs
/** The epoch of the clock was a Thursday; weeks begin on Mondays. */
const firstMondayMs = 4 * dayMs

/**
 * The versions that stay at a time, by their numbers: the pinned ones, the one with the highest number, and of
 * all those that were made in one hour, day or week (of UTC) the last.
 *
 * A version goes only while a later one of the same span is there, and spans lie in one another: an hour in
 * one day, a day in one week. So what stays is the same however often versions were removed in between.
 */
export function selectKept(
  versions: readonly KeptCandidate[],
  now: Date,
  policy: RetentionPolicy,
): Set<number> {
  const latestFirst = versions.toSorted(
    (one, other) =>
      other.createdAt.getTime() - one.createdAt.getTime() || other.number - one.number,
  )
  const lastNumber = versions.reduce((last, { number }) => Math.max(last, number), 0)
  const kept = new Set<number>()
  const taken = new Set<string>()
  for (const { number, createdAt, isPinned } of latestFirst) {
    const span = spanAt(createdAt, now, policy)
    const isLast = span === undefined || !taken.has(span)
    if (isLast || isPinned || number === lastNumber) kept.add(number)
    for (const each of spansOf(createdAt)) taken.add(each)
  }
  return kept
}

/** From which age on nothing more happens to a version, in milliseconds. */
export function finalAgeMs(policy: RetentionPolicy): number {
  return policy.daily * dayMs
}

function spanAt(createdAt: Date, now: Date, policy: RetentionPolicy): string | undefined {
  const ageDays = (now.getTime() - createdAt.getTime()) / dayMs
  const [hour, day, week] = spansOf(createdAt)
  if (ageDays < policy.all) return undefined
  if (ageDays < policy.hourly) return hour
  return ageDays < policy.daily ? day : week
}

function spansOf(createdAt: Date): [hour: string, day: string, week: string] {
  const ms = createdAt.getTime()
  return [
    `hour ${Math.floor(ms / hourMs)}`,
    `day ${Math.floor(ms / dayMs)}`,
    `week ${Math.floor((ms - firstMondayMs) / weekMs)}`,
  ]
}
