import { randomUUID } from 'node:crypto'
import { encodePack, type BlobStore, type SealedChunk } from '@cloudsync/storage'
import { sql, type Kysely } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { listChunksOf, markDamaged, moveChunks, type ChunkPlace } from '../chunk-index.ts'
import type { ContentKeys } from '../content-keys.ts'
import { packKey } from '../packer.ts'
import { PackBrokenError, readSealed } from '../read-sealed.ts'
import { isIntact } from './is-intact.ts'

export interface RepackOptions {
  readonly db: Database
  readonly store: BlobStore
  readonly keys: ContentKeys
  readonly clock: Clock
}

/** A pack of which less is alive is written anew. */
const minLiveShare = 0.6
/** Uploads may still be naming what lies in a younger one. */
const minAgeMs = 24 * 3_600_000
const packBytes = 16 * 1024 * 1024
const maxPacksAtOnce = 64

/**
 * Writes what is alive in sparse packs into new ones; gives how many packs it emptied. Sealed bytes are
 * copied as they are, once it is sure that they are right: what is damaged stays where it is, is marked, and its
 * pack is left alone from then on. The old packs stay, unused, for the backup window.
 */
export async function repack(options: RepackOptions): Promise<number> {
  const { db, clock } = options
  const before = new Date(clock.now().getTime() - minAgeMs)
  const sparse = await listSparsePacks(db.kysely, before)
  let group: ChunkPlace[] = []
  let groupBytes = 0
  const flush = async () => {
    if (group.length > 0) await rewrite(options, group)
    group = []
    groupBytes = 0
  }
  for (const packId of sparse)
    for (const place of await listChunksOf(db.kysely, packId)) {
      if (groupBytes >= packBytes || (group[0] && group[0].keyId !== place.keyId)) await flush()
      group.push(place)
      groupBytes += place.sealedBytes
    }
  await flush()
  return sparse.length
}

async function listSparsePacks(db: Kysely<Schema>, before: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM packs WHERE unused_since IS NULL AND created_at < ${before}
      AND live_bytes > 0 AND live_bytes < size_bytes * ${minLiveShare}::float8
      AND NOT EXISTS (
        SELECT FROM chunks WHERE chunks.pack_id = packs.id AND chunks.damaged_at IS NOT NULL)
    ORDER BY live_bytes::float8 / size_bytes LIMIT ${maxPacksAtOnce}`.execute(db)
  return rows.map((row) => row.id)
}

async function rewrite(options: RepackOptions, group: readonly ChunkPlace[]): Promise<void> {
  const { db, store, keys, clock } = options
  const keyId = group[0]?.keyId ?? 0
  const places: ChunkPlace[] = []
  const chunks: SealedChunk[] = []
  for (const place of group) {
    const sealed = await readIntact(options, place)
    if (!sealed) continue
    places.push(place)
    chunks.push({ ...place, sealed })
  }
  if (chunks.length === 0) return
  const id = randomUUID()
  const { body, entries } = encodePack(id, chunks, { id: keyId, key: await keys.find(keyId) })
  await store.put(packKey(id), body)
  const pack = { id, sizeBytes: body.sizeBytes, entries }
  await inTransaction(db, (tx) => moveChunks(tx, places, pack, clock.now()))
}

async function readIntact(
  { db, store, keys, clock }: RepackOptions,
  place: ChunkPlace,
): Promise<Uint8Array | undefined> {
  try {
    const sealed = await readSealed(store, [place])
    const key = await keys.find(place.keyId)
    // Each takes the processor for about a millisecond; others get their turn in between.
    await new Promise((resolve) => setImmediate(resolve))
    if (isIntact(sealed, place, key)) return sealed
  } catch (error) {
    if (!(error instanceof PackBrokenError)) throw error
  }
  await markDamaged(db.kysely, place.packId, [place.hash], clock.now())
  return undefined
}
