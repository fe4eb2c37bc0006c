import { sql } from 'kysely'
import type { Database } from '#platform/db/database.ts'

/** How much is kept, and what keeping each piece once and compressing it spares. Bytes. */
export interface ContentStats {
  /** Of all versions of all files, as people count them. */
  readonly versionBytes: number
  /** Of the chunks that they are made of, each counted once. */
  readonly chunkBytes: number
  /** The same, compressed and sealed. */
  readonly sealedBytes: number
  /** Of the objects in the store: with what nothing names any more. */
  readonly packBytes: number
  readonly packs: number
  readonly chunks: number
  readonly damagedChunks: number
}

/** Reads the whole index: seconds for terabytes. */
export async function readContentStats(db: Database): Promise<ContentStats> {
  const { rows } = await sql<ContentStats>`
    SELECT
      (SELECT coalesce(sum(size_bytes), 0)::float8 FROM versions) AS "versionBytes",
      coalesce(sum(plain_bytes), 0)::float8 AS "chunkBytes",
      coalesce(sum(sealed_bytes), 0)::float8 AS "sealedBytes",
      (SELECT coalesce(sum(size_bytes), 0)::float8 FROM packs) AS "packBytes",
      (SELECT count(*)::int FROM packs) AS packs,
      count(*)::int AS chunks,
      count(damaged_at)::int AS "damagedChunks"
    FROM chunks`.execute(db.kysely)
  return rows[0] as ContentStats
}

/** How many times less is stored because equal pieces are stored once; 1 when nothing is stored. */
export function dedupRatio({ versionBytes, chunkBytes }: ContentStats): number {
  return chunkBytes === 0 ? 1 : versionBytes / chunkBytes
}

/** How many times less is stored because it is compressed. */
export function compressionRatio({ chunkBytes, sealedBytes }: ContentStats): number {
  return sealedBytes === 0 ? 1 : chunkBytes / sealedBytes
}
