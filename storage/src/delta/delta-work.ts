import { compress, compressWithBase } from '../zstd.ts'
import { encodeRaw, encodeZstd, encodeZstdWithBase, type BaseRange } from './delta-format.ts'
import { fingerprintsOf } from './fingerprints.ts'

/** What takes the processor for long when a delta is made: up to 50 ms for a piece. A thread can do it. */
export interface DeltaWork {
  fingerprint(bytes: Uint8Array): Promise<Uint32Array>
  /** The shortest step that gives new bytes. */
  encodeNew(plain: Uint8Array, old?: OldBytes): Promise<Uint8Array>
}

/** Ranges of the base, and what is in them, one behind the other. */
export interface OldBytes {
  readonly ranges: readonly BaseRange[]
  readonly bytes: Uint8Array
}

export const deltaWorkHere: DeltaWork = {
  fingerprint: async (bytes) => fingerprintsOf(bytes),
  encodeNew: async (plain, old) => encodeNew(plain, old),
}

export function encodeNew(plain: Uint8Array, old?: OldBytes): Uint8Array {
  const raw = encodeRaw(plain)
  if (!old || old.bytes.byteLength === 0) {
    const frame = compress(plain, aloneLevel)
    return frame ? encodeZstd(plain.byteLength, frame) : raw
  }
  const frame = compressWithBase(plain, old.bytes)
  const step = encodeZstdWithBase(plain.byteLength, frame, old.ranges)
  return step.byteLength < raw.byteLength ? step : raw
}

/** The network is slower than this. */
const aloneLevel = 6
