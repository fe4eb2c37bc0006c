import type { ChunkCodec, PackEntry } from '@cloudsync/storage'
import { sql, type Kysely, type RawBuilder, type Selectable } from 'kysely'
import { ProblemError } from '#platform/problem-error.ts'
import { withCommit, withNext } from '#platform/db/marked-statements.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { ChunksTable } from '#platform/db/tables/content-tables.ts'

/** Where a chunk lies. */
export interface ChunkPlace extends PackEntry {
  readonly packId: string
  readonly keyId: number
}

/** How often a chunk is named. */
export type ChunkCounts = ReadonlyMap<string, number>

/** Chunks that nothing names yet are left alone for so long. */
const chunkLeaseMs = 3_600_000
/** What is leased for less than this is leased anew before it is relied on. */
const minLeaseMs = chunkLeaseMs / 2

/**
 * Of these chunks, those that are stored and intact. They are left alone for at least half an hour,
 * whatever else happens.
 */
export async function leaseChunks(
  db: Kysely<Schema>,
  hashes: readonly Uint8Array[],
  now: Date,
): Promise<Set<string>> {
  if (hashes.length === 0) return new Set()
  const soon = new Date(now.getTime() + minLeaseMs)
  const { rows } = await sql<{ hash: Buffer }>`
    WITH short AS (
      SELECT hash FROM chunks WHERE hash = ANY(${hashes}::bytea[]) AND damaged_at IS NULL
        AND refs = 0 AND leased_until < ${soon}
      ORDER BY hash FOR NO KEY UPDATE
    ), renewed AS (
      UPDATE chunks SET leased_until = ${leaseEnd(now)} FROM short WHERE chunks.hash = short.hash
      RETURNING chunks.hash
    )
    SELECT hash FROM renewed
    UNION ALL
    SELECT hash FROM chunks WHERE hash = ANY(${hashes}::bytea[]) AND damaged_at IS NULL
      AND (refs > 0 OR leased_until >= ${soon})
  `.execute(db)
  return new Set(rows.map(({ hash }) => hash.toString('hex')))
}

/**
 * Enters a pack that is stored, and its chunks, and commits. One that is known already stays where it is, unless it is
 * damaged there; its bytes in this pack are dead from the beginning.
 */
export async function insertPack(
  tx: Kysely<Schema>,
  pack: {
    readonly id: string
    readonly keyId: number
    readonly sizeBytes: number
    readonly entries: readonly PackEntry[]
  },
  now: Date,
): Promise<void> {
  const { id, keyId, sizeBytes, entries } = pack
  await leaveBroken(
    tx,
    entries.map((entry) => entry.hash),
  )
  await sql`${withNext} INSERT INTO packs (id, size_bytes, live_bytes, created_at)
    VALUES (${id}, ${sizeBytes}, 0, ${now})`.execute(tx)
  await sql`${withCommit}
    WITH placed AS (
      INSERT INTO chunks (hash, pack_id, start, sealed_bytes, plain_bytes, codec, key_id, leased_until)
      SELECT e.hash, ${id}, e.start, e.sealed_bytes, e.plain_bytes, e.codec, ${keyId}, ${leaseEnd(now)}
      FROM ${entryRows(entries)} ORDER BY e.hash
      ON CONFLICT (hash) DO UPDATE SET
        leased_until = greatest(chunks.leased_until, excluded.leased_until),
        pack_id = CASE WHEN chunks.damaged_at IS NULL THEN chunks.pack_id ELSE excluded.pack_id END,
        start = CASE WHEN chunks.damaged_at IS NULL THEN chunks.start ELSE excluded.start END,
        sealed_bytes = CASE WHEN chunks.damaged_at IS NULL THEN chunks.sealed_bytes ELSE excluded.sealed_bytes END,
        codec = CASE WHEN chunks.damaged_at IS NULL THEN chunks.codec ELSE excluded.codec END,
        key_id = CASE WHEN chunks.damaged_at IS NULL THEN chunks.key_id ELSE excluded.key_id END,
        damaged_at = NULL
      RETURNING pack_id, sealed_bytes
    )
    UPDATE packs SET live_bytes =
      (SELECT coalesce(sum(sealed_bytes), 0) FROM placed WHERE placed.pack_id = packs.id)
    WHERE id = ${id}
  `.execute(tx)
}

/** Those of these chunks that are damaged live no more where they lie. */
async function leaveBroken(tx: Kysely<Schema>, hashes: readonly Uint8Array[]): Promise<void> {
  await sql`${withNext}
    WITH broken AS (
      SELECT pack_id, sealed_bytes FROM chunks
      WHERE hash = ANY(${hashes}::bytea[]) AND damaged_at IS NOT NULL
      ORDER BY hash FOR NO KEY UPDATE
    ), sums AS (SELECT pack_id, sum(sealed_bytes) AS bytes FROM broken GROUP BY pack_id)
    UPDATE packs SET live_bytes = live_bytes - sums.bytes FROM sums WHERE packs.id = sums.pack_id
  `.execute(tx)
}

function entryRows(entries: readonly PackEntry[]): RawBuilder<unknown> {
  return sql`unnest(
    ${entries.map((entry) => entry.hash)}::bytea[], ${entries.map((entry) => entry.start)}::int[],
    ${entries.map((entry) => entry.sealedBytes)}::int[], ${entries.map((entry) => entry.plainBytes)}::int[],
    ${entries.map((entry) => entry.codec)}::smallint[]
  ) AS e (hash, start, sealed_bytes, plain_bytes, codec)`
}

/**
 * Notes that chunks are named so often more. Throws a retryable `unavailable` when one is gone, or
 * damaged: its lease has ended under a writer that took hours.
 */
export async function addChunkRefs(tx: Kysely<Schema>, counts: ChunkCounts): Promise<void> {
  const { rows } = await sql`
    WITH named AS (
      SELECT chunks.hash, n.count FROM ${countRows(counts)} JOIN chunks ON chunks.hash = n.hash
      WHERE chunks.damaged_at IS NULL ORDER BY chunks.hash FOR NO KEY UPDATE OF chunks
    )
    UPDATE chunks SET refs = refs + named.count FROM named WHERE chunks.hash = named.hash
    RETURNING chunks.hash
  `.execute(tx)
  if (rows.length < counts.size)
    throw new ProblemError('unavailable', { headers: { 'retry-after': '2' } })
}

/** Notes that chunks are named so often less. What nothing names any more is left alone for a while. */
export async function dropChunkRefs(
  tx: Kysely<Schema>,
  counts: ChunkCounts,
  now: Date,
): Promise<void> {
  await sql`
    WITH named AS (
      SELECT chunks.hash, n.count FROM ${countRows(counts)} JOIN chunks ON chunks.hash = n.hash
      ORDER BY chunks.hash FOR NO KEY UPDATE OF chunks
    )
    UPDATE chunks SET refs = refs - named.count,
      leased_until = greatest(leased_until, ${leaseEnd(now)})
    FROM named WHERE chunks.hash = named.hash
  `.execute(tx)
}

function countRows(counts: ChunkCounts): RawBuilder<unknown> {
  const hashes = [...counts.keys()].map((hash) => Buffer.from(hash, 'hex'))
  return sql`unnest(${hashes}::bytea[], ${[...counts.values()]}::bigint[]) AS n (hash, count)`
}

/** Where chunks lie, by their hash in hex. Those that are not stored are missing from the answer. */
export async function findChunks(
  db: Kysely<Schema>,
  hashes: readonly Uint8Array[],
): Promise<Map<string, ChunkPlace>> {
  const { rows } = await sql<ChunkRow>`
    SELECT ${columns} FROM chunks WHERE hash = ANY(${hashes}::bytea[])`.execute(db)
  return new Map(rows.map((row) => [row.hash.toString('hex'), placeOf(row)]))
}

/** The chunks that the index places in a pack, as they lie there. */
export async function listChunksOf(db: Kysely<Schema>, packId: string): Promise<ChunkPlace[]> {
  const { rows } = await sql<ChunkRow>`
    SELECT ${columns} FROM chunks WHERE pack_id = ${packId} ORDER BY start`.execute(db)
  return rows.map(placeOf)
}

type ChunkRow = Pick<
  Selectable<ChunksTable>,
  'hash' | 'pack_id' | 'start' | 'sealed_bytes' | 'plain_bytes' | 'codec' | 'key_id'
>
const columns = sql`hash, pack_id, start, sealed_bytes, plain_bytes, codec, key_id`

function placeOf(row: ChunkRow): ChunkPlace {
  return {
    hash: row.hash,
    packId: row.pack_id,
    start: row.start,
    sealedBytes: row.sealed_bytes,
    plainBytes: row.plain_bytes,
    codec: row.codec as ChunkCodec,
    keyId: row.key_id,
  }
}

/** Enters a pack to which chunks were copied, and places them there, as far as they still lie where they did. */
export async function moveChunks(
  tx: Kysely<Schema>,
  from: readonly ChunkPlace[],
  pack: {
    readonly id: string
    readonly sizeBytes: number
    readonly entries: readonly PackEntry[]
  },
  now: Date,
): Promise<void> {
  await sql`
    INSERT INTO packs (id, size_bytes, live_bytes, created_at)
    VALUES (${pack.id}, ${pack.sizeBytes}, 0, ${now})`.execute(tx)
  await sql`
    WITH movable AS (
      SELECT chunks.hash, chunks.pack_id AS old_pack, e.start, e.sealed_bytes
      FROM ${entryRows(pack.entries)}
      JOIN unnest(${from.map((place) => place.hash)}::bytea[], ${from.map((place) => place.packId)}::uuid[])
        AS f (hash, pack_id) ON f.hash = e.hash
      JOIN chunks ON chunks.hash = e.hash AND chunks.pack_id = f.pack_id
      ORDER BY chunks.hash FOR NO KEY UPDATE OF chunks
    ), moved AS (
      UPDATE chunks SET pack_id = ${pack.id}, start = movable.start
      FROM movable WHERE chunks.hash = movable.hash
      RETURNING movable.old_pack, chunks.sealed_bytes
    ), changes AS (
      SELECT old_pack AS id, -sum(sealed_bytes) AS bytes FROM moved GROUP BY old_pack
      UNION ALL SELECT ${pack.id}::uuid, sum(sealed_bytes) FROM moved
    )
    UPDATE packs SET live_bytes = live_bytes + coalesce(changes.bytes, 0)
    FROM changes WHERE packs.id = changes.id
  `.execute(tx)
}

/** Of these chunks, whether one was found to be damaged. */
export async function isAnyDamaged(
  db: Kysely<Schema>,
  hashes: readonly Uint8Array[],
): Promise<boolean> {
  const row = await db
    .selectFrom('chunks')
    .select('hash')
    .where(sql<boolean>`hash = ANY(${hashes}::bytea[])`)
    .where('damaged_at', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Notes that chunks cannot be read where they lie, so that the next upload of the same bytes stores them. */
export async function markDamaged(
  db: Kysely<Schema>,
  packId: string,
  hashes: readonly Uint8Array[] | 'all',
  now: Date,
): Promise<void> {
  let marked = db
    .updateTable('chunks')
    .set({ damaged_at: now })
    .where('pack_id', '=', packId)
    .where('damaged_at', 'is', null)
  if (hashes !== 'all') marked = marked.where(sql<boolean>`hash = ANY(${hashes}::bytea[])`)
  await marked.execute()
}

/** Notes that chunks can be read where they lie, whatever was thought of them. */
export async function markIntact(
  db: Kysely<Schema>,
  packId: string,
  hashes: readonly Uint8Array[],
): Promise<void> {
  await db
    .updateTable('chunks')
    .set({ damaged_at: null })
    .where('pack_id', '=', packId)
    .where('damaged_at', 'is not', null)
    .where(sql<boolean>`hash = ANY(${hashes}::bytea[])`)
    .execute()
}

function leaseEnd(now: Date): Date {
  return new Date(now.getTime() + chunkLeaseMs)
}
