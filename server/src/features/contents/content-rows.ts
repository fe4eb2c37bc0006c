import { sha256ToBytes, type Sha256 } from '@cloudsync/storage'
import { sql, type Kysely } from 'kysely'
import type { ContentName } from './content-name.ts'
import type { Schema } from '#platform/db/schema.ts'

export interface ContentRow {
  readonly sizeBytes: number
  /** `undefined` for a content of one chunk. */
  readonly manifestId: string | undefined
}

export async function findContent(
  db: Kysely<Schema>,
  sha256: Sha256,
): Promise<ContentRow | undefined> {
  const row = await db
    .selectFrom('contents')
    .select(['size_bytes', 'manifest_id'])
    .where('sha256', '=', Buffer.from(sha256ToBytes(sha256)))
    .executeTakeFirst()
  return row && { sizeBytes: row.size_bytes, manifestId: row.manifest_id ?? undefined }
}

/** Those of the contents that there are. */
export async function listContents(
  db: Kysely<Schema>,
  hashes: readonly Sha256[],
): Promise<Map<Sha256, ContentRow>> {
  const { rows } = await sql<{ hash: Sha256; size_bytes: number; manifest_id: string | null }>`
    SELECT encode(sha256, 'hex') AS hash, size_bytes, manifest_id FROM contents
    WHERE sha256 = ANY(${hashes.map(sha256ToBytes)}::bytea[])
  `.execute(db)
  return new Map(
    rows.map((row) => [
      row.hash,
      { sizeBytes: row.size_bytes, manifestId: row.manifest_id ?? undefined },
    ]),
  )
}

/** Leases contents that are there, and gives which they are. Waits for a collector that takes one away. */
export async function leaseContents(
  db: Kysely<Schema>,
  hashes: readonly Sha256[],
  until: Date,
): Promise<Map<Sha256, ContentRow>> {
  const { rows } = await sql<{ hash: Sha256; size_bytes: number; manifest_id: string | null }>`
    WITH known AS (
      SELECT sha256 FROM contents WHERE sha256 = ANY(${hashes.map(sha256ToBytes)}::bytea[])
      ORDER BY sha256 FOR NO KEY UPDATE
    )
    UPDATE contents SET leased_until = greatest(leased_until, ${until})
    FROM known WHERE contents.sha256 = known.sha256
    RETURNING encode(contents.sha256, 'hex') AS hash, size_bytes, manifest_id
  `.execute(db)
  return new Map(
    rows.map((row) => [
      row.hash,
      { sizeBytes: row.size_bytes, manifestId: row.manifest_id ?? undefined },
    ]),
  )
}

/**
 * Enters contents, and leases them. Gives those that were not there before: theirs is what they are made
 * of. One that is there keeps what it has.
 */
export async function insertContents(
  tx: Kysely<Schema>,
  contents: readonly (ContentName & { readonly manifestId?: string })[],
  until: Date,
): Promise<Set<Sha256>> {
  const { rows } = await sql<{ hash: Sha256; is_new: boolean }>`
    INSERT INTO contents (sha256, size_bytes, manifest_id, leased_until)
    SELECT c.sha256, c.size_bytes, c.manifest_id, ${until}
    FROM unnest(
      ${contents.map((content) => sha256ToBytes(content.sha256))}::bytea[],
      ${contents.map((content) => content.sizeBytes)}::bigint[],
      ${contents.map((content) => content.manifestId ?? null)}::uuid[]
    ) AS c (sha256, size_bytes, manifest_id) ORDER BY c.sha256
    ON CONFLICT (sha256) DO UPDATE
      SET leased_until = greatest(contents.leased_until, excluded.leased_until)
    RETURNING encode(sha256, 'hex') AS hash, xmax = 0 AS is_new
  `.execute(tx)
  return new Set(rows.filter((row) => row.is_new).map((row) => row.hash))
}
