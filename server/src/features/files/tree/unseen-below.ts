import type { NodeId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'

/**
 * Whether something in a folder, at whatever depth, stands later in the feed than `seq`, or is a text with edits of which
 * the feed has not told yet. Not what has gone to the trash by itself.
 */
export async function hasUnseenBelow(
  db: Kysely<Schema>,
  id: NodeId,
  seq: number,
): Promise<boolean> {
  const { rows } = await sql<{ isUnseen: boolean }>`
    WITH RECURSIVE below AS (
      SELECT id, kind, rev, touched_seq FROM nodes WHERE parent_id = ${id} AND trashed_at IS NULL
      UNION ALL
      SELECT nodes.id, nodes.kind, nodes.rev, nodes.touched_seq FROM below
      JOIN nodes ON nodes.parent_id = below.id WHERE nodes.trashed_at IS NULL
    )
    SELECT EXISTS (
      SELECT FROM below LEFT JOIN documents ON documents.id = below.id AND below.kind = 'text'
      WHERE below.rev > ${seq} OR documents.seq > below.touched_seq
    ) AS "isUnseen"
  `.execute(db)
  return rows[0]?.isUnseen === true
}
