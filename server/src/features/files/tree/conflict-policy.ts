import type { ConflictPolicy, NodeId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { maxDepth } from './ancestry.ts'

/** What holds for a node: the policy of the nearest folder from it up that has one, or the space's. */
export async function findConflictPolicy(
  db: Kysely<Schema>,
  nodeId: NodeId,
): Promise<ConflictPolicy> {
  const { rows } = await sql<{ policy: ConflictPolicy }>`
    WITH RECURSIVE above AS (
      SELECT parent_id, space_id, conflict_policy, 0 AS distance FROM nodes WHERE id = ${nodeId}
      UNION ALL
      SELECT nodes.parent_id, nodes.space_id, nodes.conflict_policy, above.distance + 1
      FROM above JOIN nodes ON nodes.id = above.parent_id
      WHERE above.conflict_policy IS NULL AND above.distance < ${maxDepth}
    )
    SELECT coalesce(above.conflict_policy, spaces.conflict_policy) AS policy
    FROM above JOIN spaces ON spaces.id = above.space_id
    ORDER BY above.distance DESC LIMIT 1
  `.execute(db)
  return rows[0]?.policy ?? 'last_write_wins'
}
