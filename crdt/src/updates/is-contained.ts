import * as Y from 'yjs'
import type { IdRange, UpdateScan } from './update-scan.ts'

/**
 * Whether applying the update would change nothing: all its structs are in the document, and all that it
 * deletes is there and deleted. Structs that wait for others (`pendingStructs`) do not count as there.
 *
 * Each reconnect brings the whole delete set, so this is what keeps it out of the log. Takes one binary
 * search per deleted range. Does not change the document.
 */
export function isContained(scan: UpdateScan, doc: Y.Doc): boolean {
  return (
    scan.structs.every(
      (range) => range.clock + range.length <= Y.getState(doc.store, range.client),
    ) && scan.deletes.every((range) => isDeleted(range, doc))
  )
}

function isDeleted(range: IdRange, doc: Y.Doc): boolean {
  const end = range.clock + range.length
  const structs = doc.store.clients.get(range.client)
  if (!structs || end > Y.getState(doc.store, range.client)) return false
  for (let index = Y.findIndexSS(structs, range.clock); ; index += 1) {
    const struct = structs[index]
    if (!struct || struct.id.clock >= end) return true
    if (!struct.deleted) return false
  }
}
