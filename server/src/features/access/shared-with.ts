import type { NodeId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'

/**
 * A page of the nodes that others have granted a user, or a group of theirs, below the roots of spaces, in the order
 * of their ids. Whether the user may read them by now is to be asked.
 */
export async function sharedWith(
  db: Kysely<Schema>,
  userId: UserId,
  page: { readonly after: NodeId | undefined; readonly limit: number },
): Promise<NodeId[]> {
  const { rows } = await sql<{ id: NodeId }>`
    SELECT DISTINCT grants.node_id AS id
    FROM grants JOIN nodes ON nodes.id = grants.node_id
    WHERE (subject_id = ${userId}
        OR subject_id IN (SELECT group_id FROM group_members WHERE user_id = ${userId}))
      AND grants.created_by <> ${userId} AND nodes.parent_id IS NOT NULL
      AND (expires_at IS NULL OR expires_at > now())
      AND (${page.after ?? null}::uuid IS NULL OR grants.node_id > ${page.after ?? null}::uuid)
    ORDER BY grants.node_id LIMIT ${page.limit}
  `.execute(db)
  return rows.map((row) => row.id)
}
