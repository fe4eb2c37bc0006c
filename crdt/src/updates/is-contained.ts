import * as Y from 'yjs'
import type { IdRange, UpdateScan } from './update-scan.ts'

/**
 * Whether applying the update would change nothing: all its structs are in the document, and all that it
 * deletes is there and deleted. Structs that wait for others (`pendingStructs`) do not count as there.
 *
 * Each reconnect brings the whole delete set, so this is what keeps it out of the log. Passes the deleted
 * ranges and the structs of a client once, side by side. Does not change the document.
 */
export function isContained(scan: UpdateScan, doc: Y.Doc): boolean {
  return (
    scan.structs.every(
      (range) => range.clock + range.length <= Y.getState(doc.store, range.client),
    ) && areDeleted(scan.deletes, doc)
  )
}

/** Ranges stand by client and in the order of the clock, as a scan gives them. */
function areDeleted(ranges: readonly IdRange[], doc: Y.Doc): boolean {
  let client: number | undefined
  let structs: readonly (Y.Item | Y.GC)[] = []
  let state = 0
  let index = 0
  for (const range of ranges) {
    if (range.client !== client) {
      client = range.client
      structs = doc.store.clients.get(client) ?? []
      state = Y.getState(doc.store, client)
      index = 0
    }
    const end = range.clock + range.length
    if (end > state) return false
    index = findStruct(structs, range.clock, index)
    for (let struct = structs[index]; struct && struct.id.clock < end; struct = structs[++index])
      if (!struct.deleted) return false
    // The last one may reach into the next range.
    index -= 1
  }
  return true
}

/** The index of the struct with the id `clock`, which is `from` or behind: first in doubling steps, then in halves. */
function findStruct(structs: readonly (Y.Item | Y.GC)[], clock: number, from: number): number {
  const startsBehind = (index: number) => (structs[index]?.id.clock ?? Infinity) > clock
  let low = Math.max(0, from)
  let step = 1
  while (!startsBehind(low + step)) {
    low += step
    step *= 2
  }
  let high = low + step
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (startsBehind(middle)) high = middle
    else low = middle
  }
  return low
}
