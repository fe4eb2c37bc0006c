import type { GrantId, NodeId, NodeKind, Role, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { NodeAccess } from './access.ts'
import {
  countingGrants,
  decide,
  grantedBy,
  nextExpiryMs,
  type Decision,
  type PathGrant,
  type PathNode,
} from './decide.ts'
import { includes, permissionSet } from './permission-set.ts'

/** What was decided of a node, and until when nothing expires that counted. */
export interface ReadAccess {
  readonly access: NodeAccess
  readonly decision: Decision
  /** Of the node itself. */
  readonly inherits: boolean
  readonly validUntilMs: number
}

/**
 * Decides of nodes by what the database has now, in one statement and so by one moment: the nodes up to the
 * roots, the caller's grants on them, and the grants on which these rest. Gives those that the user may read.
 */
export async function readAccess(
  db: Kysely<Schema>,
  userId: UserId,
  nodeIds: readonly NodeId[],
  now: Date,
): Promise<Map<NodeId, ReadAccess>> {
  const facts = await readFacts(db, userId, nodeIds)
  const nodes = new Map(facts.nodes.map((row) => [row.id, row]))
  const grants = Map.groupBy(facts.grants.map(pathGrant), ({ nodeId }) => nodeId)
  const groups = Map.groupBy(facts.memberships, ({ userId: member }) => member)
  const subjects = new Map<string, ReadonlySet<string>>()
  const subjectsOf = (id: string) => {
    const known = subjects.get(id)
    if (known) return known
    const found = new Set([id, ...(groups.get(id as UserId) ?? []).map(({ groupId }) => groupId)])
    subjects.set(id, found)
    return found
  }
  const nowMs = now.getTime()
  const found = new Map<NodeId, ReadAccess>()
  for (const id of new Set(nodeIds)) {
    const rows = pathTo(nodes, id)
    const node = rows.at(-1)
    if (!node) continue
    const path = rows.map((row): PathNode => ({
      id: row.id,
      inherits: row.inherits,
      grants: grants.get(row.id) ?? [],
    }))
    const decision = decide(countingGrants({ path, nowMs, subjectsOf }), subjectsOf(userId))
    if (!includes(decision.permissions, 'node.read') || decision.role === undefined) continue
    const access: NodeAccess = {
      nodeId: id,
      spaceId: node.spaceId,
      parentId: node.parentId,
      kind: node.kind,
      permissions: decision.permissions,
      role: decision.role,
      isTrashed: rows.some(({ isTrashed }) => isTrashed),
    }
    const validUntilMs = nextExpiryMs(path, nowMs)
    found.set(id, { access, decision, inherits: node.inherits, validUntilMs })
  }
  return found
}

interface NodeFacts {
  readonly id: NodeId
  readonly spaceId: SpaceId
  readonly parentId: NodeId | null
  readonly kind: NodeKind
  readonly isTrashed: boolean
  readonly inherits: boolean
}

interface GrantFacts {
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

interface Facts {
  readonly nodes: readonly NodeFacts[]
  readonly grants: readonly GrantFacts[]
  readonly memberships: readonly { readonly userId: UserId; readonly groupId: string }[]
}

/**
 * `relevant` begins with the caller's grants and goes on, for each that is worth no more than its maker has,
 * with the maker's: a root with ten thousand members costs no more than one with two.
 */
async function readFacts(
  db: Kysely<Schema>,
  userId: UserId,
  nodeIds: readonly NodeId[],
): Promise<Facts> {
  const { rows } = await sql<Facts>`
    WITH RECURSIVE above AS (
      SELECT id, space_id, parent_id, kind, trashed_at, inherits
      FROM nodes WHERE id = ANY(${nodeIds}::uuid[])
      UNION
      SELECT parent.id, parent.space_id, parent.parent_id, parent.kind, parent.trashed_at,
        parent.inherits
      FROM above JOIN nodes parent ON parent.id = above.parent_id
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

function pathGrant({ permissions, role, ...grant }: GrantFacts): PathGrant & { nodeId: NodeId } {
  const custom = permissions === null ? undefined : permissionSet(permissions)
  return { ...grant, role, permissions: grantedBy(role, custom) }
}

/** From the root down; nothing when there is no such node. */
function pathTo(nodes: ReadonlyMap<NodeId, NodeFacts>, id: NodeId): NodeFacts[] {
  const path: NodeFacts[] = []
  for (let at: NodeId | null = id; at !== null;) {
    const node: NodeFacts | undefined = nodes.get(at)
    // A move that came between cannot: it is one statement. Two bounds are better than one.
    if (!node || path.length > nodes.size) break
    path.push(node)
    at = node.parentId
  }
  return path.reverse()
}
