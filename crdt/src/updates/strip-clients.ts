import * as encoding from 'lib0/encoding'
import { deleteSetStart, UpdateReader } from './read-update.ts'
import { stateUpdateLimits } from './scan-limits.ts'

/**
 * The update without the structs of the given clients. All other structs and the whole delete set stay,
 * byte for byte; structs that build on what was taken out wait in Yjs until that comes another way.
 * Gives new bytes. Throws when the bytes are no update within `stateUpdateLimits`: scan first.
 */
export function stripClients(update: Uint8Array, clientIds: Iterable<number>): Uint8Array {
  const stripped = new Set(clientIds)
  const reader = new UpdateReader(update, stateUpdateLimits)
  reader.read()
  const kept = reader.sections.filter((section) => !stripped.has(section.client))
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, kept.length)
  for (const section of kept)
    encoding.writeUint8Array(encoder, update.subarray(section.from, section.to))
  encoding.writeUint8Array(encoder, update.subarray(deleteSetStart(reader.sections)))
  return encoding.toUint8Array(encoder)
}
