import {
  BlobNotFoundError,
  unsealChunk,
  ChunkDamagedError,
  type BlobStore,
} from '@cloudsync/storage'
import { sql } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { listChunksOf, markDamaged, type ChunkPlace } from '../chunk-index.ts'
import type { ContentKeys } from '../content-keys.ts'
import { packKey } from '../packer.ts'

export interface ScrubOptions {
  readonly db: Database
  readonly store: BlobStore
  readonly keys: ContentKeys
  readonly clock: Clock
}

/** What a reading of packs has found. */
export interface ScrubReport {
  readonly packs: number
  readonly chunks: number
  readonly readBytes: number
  /** Chunks that cannot be read, as hex, found now. They are stored anew when the same bytes are put again. */
  readonly damaged: readonly string[]
}

/**
 * Reads packs again, those first that were not read for longest, and checks every chunk that the index
 * places in them. At most `maxPacks`, and none that was read after `before`.
 */
export async function scrub(
  options: ScrubOptions,
  { maxPacks, before }: { readonly maxPacks: number; readonly before: Date },
): Promise<ScrubReport> {
  const { db, clock } = options
  const packs = await db.kysely
    .selectFrom('packs')
    .select('id')
    .where('unused_since', 'is', null)
    .where((eb) => eb.or([eb('scrubbed_at', 'is', null), eb('scrubbed_at', '<', before)]))
    .orderBy(sql`scrubbed_at NULLS FIRST`)
    .limit(maxPacks)
    .execute()
  const report = { packs: 0, chunks: 0, readBytes: 0, damaged: [] as string[] }
  for (const { id } of packs) {
    const places = await listChunksOf(db.kysely, id)
    const { readBytes, damaged } = await checkPack(options, id, places)
    if (damaged.length > 0) await markDamaged(db.kysely, id, damaged, clock.now())
    await db.kysely
      .updateTable('packs')
      .set({ scrubbed_at: clock.now() })
      .where('id', '=', id)
      .execute()
    report.packs += 1
    report.chunks += places.length
    report.readBytes += readBytes
    report.damaged.push(...damaged.map((hash) => Buffer.from(hash).toString('hex')))
  }
  return report
}

/** The chunks of a pack that cannot be read. */
async function checkPack(
  { store, keys }: ScrubOptions,
  packId: string,
  places: readonly ChunkPlace[],
): Promise<{ readonly readBytes: number; readonly damaged: readonly Uint8Array[] }> {
  const pack = await readWhole(store, packId)
  if (!pack) return { readBytes: 0, damaged: places.map((place) => place.hash) }
  const damaged: Uint8Array[] = []
  for (const place of places) {
    const sealed = pack.subarray(place.start, place.start + place.sealedBytes)
    if (!isIntact(sealed, place, await keys.find(place.keyId))) damaged.push(place.hash)
    // Each takes the processor for about a millisecond; others get their turn in between.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { readBytes: pack.byteLength, damaged }
}

function isIntact(
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

async function readWhole(store: BlobStore, packId: string): Promise<Buffer | undefined> {
  try {
    const { body } = await store.get(packKey(packId))
    return Buffer.concat(await Array.fromAsync(body as AsyncIterable<Uint8Array>))
  } catch (error) {
    if (error instanceof BlobNotFoundError) return undefined
    throw error
  }
}

/** A version of a file of which a part cannot be read. */
export interface DamagedFile {
  readonly nodeId: string
  readonly name: string
  readonly version: number
}

/** The files that damaged chunks belong to. Looks at all manifests. */
export async function listDamagedFiles(db: Database): Promise<DamagedFile[]> {
  const { rows } = await sql<DamagedFile>`
    WITH damaged AS (SELECT hash FROM chunks WHERE damaged_at IS NOT NULL), broken AS (
      SELECT contents.sha256 FROM contents JOIN damaged ON damaged.hash = contents.sha256
      WHERE contents.manifest_id IS NULL
      UNION
      SELECT contents.sha256 FROM damaged
      JOIN manifest_pages ON position(damaged.hash IN manifest_pages.entries) > 0
      JOIN contents ON contents.manifest_id = manifest_pages.manifest_id
    )
    SELECT nodes.id AS "nodeId", nodes.name, versions.number AS version
    FROM broken JOIN versions ON versions.sha256 = broken.sha256
    JOIN nodes ON nodes.id = versions.node_id ORDER BY nodes.name, versions.number`.execute(
    db.kysely,
  )
  return rows
}
