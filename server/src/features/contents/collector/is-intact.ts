import { ChunkDamagedError, unsealChunk } from '@cloudsync/storage'
import type { ChunkPlace } from '../chunk-index.ts'
import type { ContentKeys } from '../content-keys.ts'

/** Whether these sealed bytes are the chunk. Takes the processor for about a millisecond. */
export function isIntact(
  sealed: Uint8Array,
  place: ChunkPlace,
  key: Awaited<ReturnType<ContentKeys['find']>>,
): boolean {
  try {
    unsealChunk(sealed, place, key)
    return true
  } catch (error) {
    if (error instanceof ChunkDamagedError) return false
    throw error
  }
}
