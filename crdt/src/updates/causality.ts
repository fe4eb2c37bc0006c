import type { IdRange, StructId, UpdateScan } from './update-scan.ts'

/** The clock that the next struct of a client has: how much of it is known. 0 for an unknown client. */
export type KnownClock = (client: number) => number

/**
 * The ids that are missing before structs of the update, per client: neither known nor in the update.
 * Yjs parks such structs until what is missing comes. Honest clients cause gaps, rarely: after frames
 * were lost, or when what they build on was taken from another's update. So this only reports.
 */
export function causalGaps(scan: UpdateScan, knownClock: KnownClock): IdRange[] {
  const gaps: IdRange[] = []
  forEachEnd(scan, knownClock, (range, known) => {
    if (range.clock > known)
      gaps.push({ client: range.client, clock: known, length: range.clock - known })
  })
  return gaps
}

/**
 * The ids of other clients that structs of the update build on and that are neither known nor in the
 * update, the highest of each client. Structs that build on them are parked by Yjs too. A peer's honest
 * edit can do so when structs of a third client were stripped.
 */
export function missingReferences(scan: UpdateScan, knownClock: KnownClock): StructId[] {
  const ends = new Map<number, number>()
  forEachEnd(scan, knownClock, (range, known) => {
    if (range.clock <= known) ends.set(range.client, Math.max(known, range.clock + range.length))
  })
  return scan.references.filter(
    ({ client, clock }) => clock >= (ends.get(client) ?? knownClock(client)),
  )
}

/** The clients that the update brings unknown structs of, each once; deletes do not count. */
export function newStructClients(scan: UpdateScan, knownClock: KnownClock): number[] {
  const clients = new Set<number>()
  forEachEnd(scan, knownClock, (range, known) => {
    if (range.clock + range.length > known) clients.add(range.client)
  })
  return [...clients]
}

/** Calls back for each range of structs with what is known of its client before it. */
function forEachEnd(
  scan: UpdateScan,
  knownClock: KnownClock,
  callback: (range: IdRange, known: number) => void,
): void {
  let client: number | undefined
  let known = 0
  for (const range of scan.structs) {
    if (range.client !== client) known = knownClock(range.client)
    client = range.client
    callback(range, known)
    known = Math.max(known, range.clock + range.length)
  }
}
