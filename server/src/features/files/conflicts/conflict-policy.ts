import type { ConflictPolicy } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { NodeRow } from '../nodes/node-reader.ts'

/** What holds for a node: the policy of the nearest folder that has one, else that of its space. */
export async function getConflictPolicy(
  db: Kysely<Schema>,
  { parent_id: parentId, space_id: spaceId }: Pick<NodeRow, 'parent_id' | 'space_id'>,
): Promise<ConflictPolicy> {
  const { rows } = await sql<{ policy: ConflictPolicy }>`
    WITH RECURSIVE above AS (
      SELECT id, parent_id, conflict_policy, 1 AS distance FROM nodes WHERE id = ${parentId}
      UNION ALL
      SELECT nodes.id, nodes.parent_id, nodes.conflict_policy, above.distance + 1
      FROM nodes JOIN above ON nodes.id = above.parent_id
      WHERE above.conflict_policy IS NULL
    )
    SELECT coalesce(
      (SELECT conflict_policy FROM above WHERE conflict_policy IS NOT NULL ORDER BY distance LIMIT 1),
      conflict_policy) AS policy
    FROM spaces WHERE id = ${spaceId}`.execute(db)
  return rows[0]?.policy ?? 'last_write_wins'
}
