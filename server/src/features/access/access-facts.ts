import type { GrantId, NodeId, NodeKind, Role, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { PathGrant } from './decide.ts'

export interface NodeFacts {
  readonly id: NodeId
  readonly spaceId: SpaceId
  readonly parentId: NodeId | null
  readonly kind: NodeKind
  readonly isTrashed: boolean
  readonly inherits: boolean
}

export interface GrantFacts {
  readonly id: GrantId
  readonly nodeId: NodeId
  readonly kind: PathGrant['kind']
  readonly subjectId: string
  readonly role: Role
  /** Of a custom role. */
  readonly permissions: readonly string[] | null
  readonly makerId: UserId | null
  readonly expiresAtMs: number | null
}

/** What a decision about nodes needs: these up to the roots, and the grants that may count. */
export interface Facts {
  readonly nodes: readonly NodeFacts[]
  readonly grants: readonly GrantFacts[]
  readonly memberships: readonly { readonly userId: UserId; readonly groupId: string }[]
}

/** From one row to the row above it: by the key, however many rows the planner expects. */
const parentRow = sql`
  SELECT id, space_id, parent_id, kind, trashed_at, inherits
  FROM nodes WHERE id = above.parent_id OFFSET 0`

/**
 * The facts about somebody to whom nothing counts here but that they are a member: of nearly everybody, at a third
 * of what all facts cost. `undefined`: something was shared with them, which rests on what others may do.
 */
export async function readMemberFacts(
  db: Kysely<Schema>,
  userId: UserId,
  nodeIds: readonly NodeId[],
): Promise<Facts | undefined> {
  const { rows } = await sql<NodeFacts & OwnGrant>`
    WITH RECURSIVE above AS (
      SELECT id, space_id, parent_id, kind, trashed_at, inherits
      FROM nodes WHERE id = ANY(${nodeIds}::uuid[])
      UNION
      SELECT parent.* FROM above CROSS JOIN LATERAL (${parentRow}) parent
    )
    SELECT above.id, space_id AS "spaceId", parent_id AS "parentId", above.kind, inherits,
      trashed_at IS NOT NULL AS "isTrashed", own.*
    FROM above LEFT JOIN LATERAL (
      SELECT grants.id AS "grantId", subject_id AS "subjectId", role, created_by AS "makerId",
        group_id IS NOT NULL AS "isToGroup", link_id IS NOT NULL AS "isToLink",
        (SELECT permissions FROM custom_roles WHERE id = custom_role_id) AS permissions,
        extract(epoch FROM expires_at)::float8 * 1000 AS "expiresAtMs"
      FROM grants WHERE node_id = above.id AND subject_id = ANY(ARRAY(
        SELECT ${userId}::uuid
        UNION ALL SELECT group_members.group_id FROM group_members WHERE user_id = ${userId}
      ))
      OFFSET 0
    ) own ON true
  `.execute(db)
  const nodes = new Map<NodeId, NodeFacts>()
  const grants: GrantFacts[] = []
  for (const row of rows) {
    nodes.set(row.id, row)
    if (row.grantId === null) continue
    if (row.parentId !== null || row.isToLink) return undefined
    grants.push({
      ...row,
      id: row.grantId,
      nodeId: row.id,
      kind: row.isToGroup ? 'group' : 'user',
    })
  }
  const memberships = grants
    .filter(({ kind }) => kind === 'group')
    .map(({ subjectId }) => ({ userId, groupId: subjectId }))
  return { nodes: [...nodes.values()], grants, memberships }
}

interface OwnGrant extends Omit<GrantFacts, 'id' | 'nodeId' | 'kind'> {
  /** `null`: there is none on the node, nor anything else of it. */
  readonly grantId: GrantId | null
  readonly isToGroup: boolean
  readonly isToLink: boolean
}

/**
 * `relevant` begins with the caller's grants and goes on, for each that is worth no more than its maker has,
 * with the maker's: a root with ten thousand members costs no more than one with two.
 */
export async function readSharedFacts(
  db: Kysely<Schema>,
  userId: UserId,
  nodeIds: readonly NodeId[],
): Promise<Facts> {
  const { rows } = await sql<Facts>`
    WITH RECURSIVE above AS (
      SELECT id, space_id, parent_id, kind, trashed_at, inherits
      FROM nodes WHERE id = ANY(${nodeIds}::uuid[])
      UNION
      SELECT parent.* FROM above CROSS JOIN LATERAL (${parentRow}) parent
    ), holding AS MATERIALIZED (
      SELECT id, parent_id IS NOT NULL AS is_below FROM above
      WHERE EXISTS (SELECT FROM grants WHERE node_id = above.id)
    ), relevant AS (
      SELECT grants.id, is_below OR link_id IS NOT NULL AS is_share, created_by
      FROM (
        SELECT ${userId}::uuid AS id
        UNION ALL SELECT group_id FROM group_members WHERE user_id = ${userId}
      ) subject CROSS JOIN holding
      JOIN grants ON grants.node_id = holding.id AND grants.subject_id = subject.id
      UNION
      SELECT grants.id, is_below OR grants.link_id IS NOT NULL, grants.created_by
      FROM relevant CROSS JOIN LATERAL (
        SELECT relevant.created_by AS id
        UNION ALL SELECT group_id FROM group_members WHERE user_id = relevant.created_by
      ) subject CROSS JOIN holding
      JOIN grants ON grants.node_id = holding.id AND grants.subject_id = subject.id
      WHERE relevant.is_share
    )
    SELECT
      (SELECT coalesce(json_agg(json_build_object(
        'id', id, 'spaceId', space_id, 'parentId', parent_id, 'kind', kind,
        'isTrashed', trashed_at IS NOT NULL, 'inherits', inherits)), '[]') FROM above) AS nodes,
      (SELECT coalesce(json_agg(json_build_object(
        'id', grants.id, 'nodeId', node_id, 'subjectId', subject_id, 'role', role,
        'kind', CASE WHEN user_id IS NOT NULL THEN 'user' WHEN group_id IS NOT NULL THEN 'group'
          ELSE 'link' END,
        'permissions', custom_roles.permissions, 'makerId', created_by,
        'expiresAtMs', extract(epoch FROM expires_at) * 1000)), '[]')
        FROM grants LEFT JOIN custom_roles ON custom_roles.id = custom_role_id
        WHERE grants.id IN (SELECT id FROM relevant)) AS grants,
      (SELECT coalesce(json_agg(json_build_object('userId', user_id, 'groupId', group_id)), '[]')
        FROM group_members WHERE user_id = ${userId}
          OR user_id IN (SELECT created_by FROM relevant WHERE is_share)) AS memberships
  `.execute(db)
  return rows[0] ?? { nodes: [], grants: [], memberships: [] }
}
