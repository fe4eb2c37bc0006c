import { sha256ToBytes } from '@cloudsync/storage'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { ContentName } from './content-name.ts'

/**
 * Enters contents that are one chunk each, no two of them the same, and leases them; those that were not there before
 * name their chunks from now on. By one statement, as small files are entered all the time. Throws as `addChunkRefs`.
 */
export async function enterChunkContents(
  tx: Kysely<Schema>,
  contents: readonly ContentName[],
  until: Date,
): Promise<void> {
  if (contents.length === 0) return
  const { rows } = await sql<{ entered: number; named: number }>`
    WITH entered AS (
      INSERT INTO contents (sha256, size_bytes, leased_until)
      SELECT c.sha256, c.size_bytes, ${until}
      FROM unnest(
        ${contents.map((content) => sha256ToBytes(content.sha256))}::bytea[],
        ${contents.map((content) => content.sizeBytes)}::bigint[]
      ) AS c (sha256, size_bytes) ORDER BY c.sha256
      ON CONFLICT (sha256) DO UPDATE
        SET leased_until = greatest(contents.leased_until, excluded.leased_until)
      RETURNING sha256, xmax = 0 AS is_new
    ), held AS (
      SELECT chunks.hash FROM entered JOIN chunks ON chunks.hash = entered.sha256
      WHERE entered.is_new AND chunks.damaged_at IS NULL
      ORDER BY chunks.hash FOR NO KEY UPDATE OF chunks
    ), named AS (
      UPDATE chunks SET refs = refs + 1 FROM held WHERE chunks.hash = held.hash RETURNING chunks.hash
    )
    SELECT (SELECT count(*) FROM entered WHERE is_new) AS entered, (SELECT count(*) FROM named) AS named
  `.execute(tx)
  const [counted] = rows
  if (!counted || counted.named < counted.entered)
    throw new ProblemError('unavailable', { headers: { 'retry-after': '2' } })
}
