import type { BlobStore } from '@cloudsync/storage'
import { sql } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { listChunksOf, markDamaged, markIntact, type ChunkPlace } from '../chunk-index.ts'
import type { ContentKeys } from '../content-keys.ts'
import { PackBrokenError, readSealed, readWholePack } from '../read-sealed.ts'
import { isIntact } from './is-intact.ts'

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
 * places in them; what was called damaged and is not is no longer. At most `maxPacks`, and none that was read
 * after `before`.
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
    const { readBytes, damaged, intact } = await checkPack(options, id, places)
    if (damaged.length > 0) await markDamaged(db.kysely, id, damaged, clock.now())
    await markIntact(db.kysely, id, intact)
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

interface CheckedPack {
  readonly readBytes: number
  readonly damaged: readonly Uint8Array[]
  readonly intact: readonly Uint8Array[]
}

/** Which chunks of a pack can be read, and which cannot. */
async function checkPack(
  options: ScrubOptions,
  packId: string,
  places: readonly ChunkPlace[],
): Promise<CheckedPack> {
  const { store, keys } = options
  const pack = await unlessBroken(readWholePack(store, packId))
  const damaged: Uint8Array[] = []
  const intact: Uint8Array[] = []
  for (const place of places) {
    const sealed = pack?.subarray(place.start, place.start + place.sealedBytes)
    const key = await keys.find(place.keyId)
    const isRight =
      (sealed && isIntact(sealed, place, key)) || (await isIntactAlone(options, place))
    ;(isRight ? intact : damaged).push(place.hash)
    // Each takes the processor for about a millisecond; others get their turn in between.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { readBytes: pack?.byteLength ?? 0, damaged, intact }
}

/** Only the way from the store may have been bad. */
async function isIntactAlone({ store, keys }: ScrubOptions, place: ChunkPlace): Promise<boolean> {
  const sealed = await unlessBroken(readSealed(store, [place]))
  return sealed !== undefined && isIntact(sealed, place, await keys.find(place.keyId))
}

async function unlessBroken<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof PackBrokenError) return undefined
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
