import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'

/** A node of the trash that was edited by somebody who had not seen it go there. */
export interface EditedInTrash {
  readonly id: NodeId
  readonly authorId: UserId
}

/**
 * Those of the texts that lie in a folder of the trash, none of them trashed itself, and whose last edit
 * came later. The trash writes no row of what is in a folder, so it is the log's clock that tells; of
 * several trashed folders above a text the last counts.
 */
export async function listEditedInTrashedFolders(
  db: Kysely<Schema>,
  ids: readonly NodeId[],
): Promise<NodeId[]> {
  const { rows } = await sql<{ id: NodeId }>`
    WITH RECURSIVE above AS (
      SELECT id, parent_id, NULL::timestamptz AS trashed_log_at
      FROM nodes WHERE id = ANY(${ids}::uuid[]) AND kind = 'text' AND trashed_at IS NULL
      UNION ALL
      SELECT above.id, parent.parent_id, parent.trashed_log_at
      FROM above JOIN nodes parent ON parent.id = above.parent_id
    ), went AS (
      SELECT id, max(trashed_log_at) AS at FROM above GROUP BY id HAVING max(trashed_log_at) IS NOT NULL
    )
    SELECT id FROM went WHERE ${lastEditAt} > went.at
  `.execute(db)
  return rows.map(({ id }) => id)
}

/** All nodes of the trash that were edited after they came to lie there. Reads the whole trash. */
export async function listEditedInTrash(db: Kysely<Schema>): Promise<EditedInTrash[]> {
  const { rows } = await sql<EditedInTrash>`
    WITH RECURSIVE below AS (
      SELECT id, trashed_log_at FROM nodes WHERE trashed_at IS NOT NULL AND kind = 'folder'
      UNION ALL
      SELECT nodes.id, below.trashed_log_at FROM below JOIN nodes ON nodes.parent_id = below.id
    ), went AS (
      SELECT id, max(trashed_log_at) AS at FROM below GROUP BY id
    ), edited AS (
      SELECT nodes.id, nodes.trashed_by AS somebody FROM nodes JOIN documents ON documents.id = nodes.id
      WHERE nodes.trashed_at IS NOT NULL AND documents.seq > nodes.trashed_seq
      UNION ALL
      SELECT nodes.id, nodes.updated_by FROM went JOIN nodes ON nodes.id = went.id
      WHERE nodes.trashed_at IS NULL AND nodes.kind = 'text' AND ${lastEditAt} > went.at
    )
    SELECT edited.id, coalesce(last.author_id, somebody) AS "authorId" FROM edited
    LEFT JOIN LATERAL (
      SELECT author_id FROM update_log WHERE document_id = edited.id AND author_id IS NOT NULL
      ORDER BY seq DESC LIMIT 1
    ) last ON true
  `.execute(db)
  return rows
}

/** When the document of `went.id` was last edited; a checkpoint may have folded its last rows in. */
const lastEditAt: RawBuilder<Date> = sql`coalesce(
  (SELECT created_at FROM update_log WHERE document_id = went.id ORDER BY seq DESC LIMIT 1),
  (SELECT ended_at FROM history_segments WHERE document_id = went.id ORDER BY from_seq DESC LIMIT 1))`
