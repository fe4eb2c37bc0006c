import { ByteReader } from './byte-reader.ts'
import { refusing, ScanRefusal, type Refused } from './refusal.ts'

export interface AwarenessLimits {
  readonly maxBytes: number
  readonly maxEntries: number
  /** UTF-8 bytes of one state as JSON. */
  readonly maxStateBytes: number
  /** Objects and arrays inside each other in a state. */
  readonly maxDepth: number
}

/**
 * Clients answer a query with the states of all whom they know, the server's additions included. So these
 * limits have room for an audience and for more than a client may say of itself; that is judged per
 * entry, by its `bytes`.
 */
export const awarenessLimits: AwarenessLimits = {
  maxBytes: 1024 * 1024,
  maxEntries: 2_000,
  maxStateBytes: 4_096,
  maxDepth: 32,
}

/** A client says at most so much of itself, in UTF-8 bytes of JSON. */
export const maxOwnStateBytes = 2_048

export interface AwarenessEntry {
  readonly clientId: number
  /** Counts the changes of this client's state; the highest wins. */
  readonly clock: number
  /** Valid JSON that is not `null`, or `null`: the client has left. */
  readonly state: string | null
  /** UTF-8 bytes of the state as it came. */
  readonly bytes: number
}

export interface AwarenessScan {
  readonly kind: 'ok'
  readonly entries: readonly AwarenessEntry[]
}

/**
 * Reads an awareness update (y-protocols `awareness.js`: a count, then client, clock and a state as JSON
 * each). Never throws. What it takes, `applyAwarenessUpdate` takes without an error.
 */
export function scanAwareness(
  update: Uint8Array,
  limits: AwarenessLimits = awarenessLimits,
): AwarenessScan | Refused {
  return refusing(() => {
    const reader = new ByteReader(update)
    if (reader.remaining > limits.maxBytes)
      throw new ScanRefusal('too_large', `${reader.remaining} bytes`)
    const count = reader.readCount(3)
    if (count > limits.maxEntries) throw new ScanRefusal('too_many_clients', `${count} entries`)
    const entries: AwarenessEntry[] = []
    for (let left = count; left > 0; left -= 1) entries.push(readEntry(reader, limits))
    reader.expectEnd()
    return { kind: 'ok', entries }
  })
}

function readEntry(reader: ByteReader, limits: AwarenessLimits): AwarenessEntry {
  const clientId = reader.readUint()
  const clock = reader.readUint()
  const from = reader.position
  const bytes = reader.readUint()
  if (bytes > limits.maxStateBytes) throw new ScanRefusal('too_large', `a state of ${bytes} bytes`)
  reader.position = from
  const json = reader.readJson(limits.maxDepth)
  return { clientId, clock, state: json.trim() === 'null' ? null : json, bytes }
}
