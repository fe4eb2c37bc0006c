import { sql, type Kysely, type Selectable } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { withNext } from '#platform/db/marked-statements.ts'
import type { VersionsTable } from '#platform/db/tables/version-tables.ts'

export type VersionRow = Selectable<VersionsTable>

/** By one statement of one text, however many there are, so that it is prepared. `unlessCollected` runs its transaction. */
export async function insertVersionRows(
  tx: Kysely<Schema>,
  rows: readonly VersionRow[],
): Promise<void> {
  // An array of arrays would be one of two dimensions: those who typed travel as JSON.
  await sql`${withNext} INSERT INTO versions (node_id, space_id, number, name, reason, sha256,
      size_bytes, epoch, seq, author_id, created_at, contributor_ids)
    SELECT node_id, space_id, number, name, reason, sha256, size_bytes, epoch, seq, author_id, created_at,
      ARRAY(SELECT jsonb_array_elements_text(contributor_ids)::uuid)
    FROM unnest(
      ${rows.map((row) => row.node_id)}::uuid[], ${rows.map((row) => row.space_id)}::uuid[],
      ${rows.map((row) => row.number)}::int[], ${rows.map((row) => row.name)}::text[],
      ${rows.map((row) => row.reason)}::text[], ${rows.map((row) => row.sha256)}::bytea[],
      ${rows.map((row) => row.size_bytes)}::bigint[], ${rows.map((row) => row.epoch)}::int[],
      ${rows.map((row) => row.seq)}::bigint[], ${rows.map((row) => row.author_id)}::uuid[],
      ${rows.map((row) => row.created_at)}::timestamptz[],
      ${rows.map((row) => JSON.stringify(row.contributor_ids))}::jsonb[]
    ) AS made (node_id, space_id, number, name, reason, sha256, size_bytes, epoch, seq, author_id,
      created_at, contributor_ids)`.execute(tx)
}
