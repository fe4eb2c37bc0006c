import * as Y from 'yjs'
import { compress, compressSync, inflate, inflateSync } from './compression.ts'

/**
 * What is stored of a whole state, in a checkpoint or as the base of a history segment:
 *
 *     checkpoint = 1 zstd(V1 update)
 *                | zstd(V2 update)         of earlier versions; begins with zstd's own 0x28
 *
 * V1 takes half as much again as V2, and is what clients are sent: who opens a document gets what was
 * stored, even before the document is built in memory.
 */
const formatV1 = 1

/** From a state in V1. */
export async function packCheckpoint(state: Uint8Array): Promise<Uint8Array> {
  return markV1(await compress(state))
}

/** The state in V1. Throws when the bytes are damaged. */
export async function unpackCheckpoint(checkpoint: Uint8Array): Promise<Uint8Array> {
  if (checkpoint[0] === formatV1) return inflate(checkpoint.subarray(1))
  return Y.convertUpdateFormatV2ToV1(await inflate(checkpoint))
}

/** As `packCheckpoint`, for worker threads. */
export function packCheckpointSync(state: Uint8Array): Uint8Array {
  return markV1(compressSync(state))
}

/** As `unpackCheckpoint`, for worker threads. */
export function unpackCheckpointSync(checkpoint: Uint8Array): Uint8Array {
  if (checkpoint[0] === formatV1) return inflateSync(checkpoint.subarray(1))
  return Y.convertUpdateFormatV2ToV1(inflateSync(checkpoint))
}

function markV1(compressed: Uint8Array): Uint8Array {
  const checkpoint = new Uint8Array(compressed.length + 1)
  checkpoint[0] = formatV1
  checkpoint.set(compressed, 1)
  return checkpoint
}
