import { missingReferences, structCount, type UpdateScan } from '@cloudsync/crdt'
import * as Y from 'yjs'
import type { LiveDocument } from './live-document.ts'

/** What may wait in a document for structs that are missing. */
const maxPendingBytes = 32 * 1024

/** The same with what its authors go on typing behind it, which waits too. */
export const maxPendingTailBytes = 256 * 1024

/** Text documents hold at most this many UTF-16 units, whoever writes. */
const maxTextUnits = 20 * 1024 * 1024

/** Folder documents hold at most this many structs: two per child, and one for each rename ever made. */
const maxFolderStructs = 1_000_000

/** Whether an update would make a document larger than one may be. */
export function isTooLarge(live: LiveDocument, scan: UpdateScan): boolean {
  return live.kind === 'text'
    ? live.text.length + scan.insertedUnits > maxTextUnits
    : structCount(live.document) + scan.structCount > maxFolderStructs
}

/**
 * Whether an update would make more wait in memory than may. Structs that build on what nobody has, and
 * deletes of it, are put together and tried again by Yjs with later updates. Honest ones are few: what
 * builds on structs that were stripped from somebody's update.
 */
export function wouldWait(live: LiveDocument, scan: UpdateScan): boolean {
  const pendingBytes = live.pendingBytes + scan.byteLength
  if (pendingBytes <= maxPendingBytes) return false
  const known = (client: number) => live.knownClock(client)
  const ends = new Map<number, number>()
  for (const { client, clock, length } of scan.structs) ends.set(client, clock + length)
  const waits =
    missingReferences(scan, known).length > 0 ||
    scan.deletes.some(
      ({ client, clock, length }) =>
        clock + length > Math.max(known(client), ends.get(client) ?? 0),
    )
  return waits || (pendingBytes > maxPendingTailBytes && isBehindOthers(live, ends.keys()))
}

/** What comes behind structs that wait waits with them. In a folder it waits for a transaction only. */
function isBehindOthers(live: LiveDocument, clients: Iterable<number>): boolean {
  if (live.kind === 'folder') return false
  const { store } = live.document
  return [...clients].some((client) => live.knownClock(client) > Y.getState(store, client))
}
