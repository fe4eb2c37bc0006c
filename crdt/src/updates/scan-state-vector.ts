import { ByteReader } from './byte-reader.ts'
import { refusing, ScanRefusal, type Refused } from './refusal.ts'

export interface StateVectorLimits {
  readonly maxClients: number
}

/** A document gains an id with each page load, so a state vector names many clients over the years. */
export const stateVectorLimits: StateVectorLimits = { maxClients: 100_000 }

export interface StateVectorScan {
  readonly kind: 'ok'
  readonly clientCount: number
}

/**
 * Reads an encoded state vector (`Y.encodeStateVector`: a count, then client and clock each) without
 * keeping it. Never throws. What it takes, Yjs decodes.
 */
export function scanStateVector(
  bytes: Uint8Array,
  limits: StateVectorLimits = stateVectorLimits,
): StateVectorScan | Refused {
  return refusing(() => {
    const reader = new ByteReader(bytes)
    const clientCount = reader.readCount(2)
    if (clientCount > limits.maxClients)
      throw new ScanRefusal('too_many_clients', `${clientCount} clients`)
    for (let left = clientCount * 2; left > 0; left -= 1) reader.readUint()
    reader.expectEnd()
    return { kind: 'ok', clientCount }
  })
}
