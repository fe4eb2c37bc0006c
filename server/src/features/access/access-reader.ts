import type { NodeId, UserId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import {
  readMemberFacts,
  readSharedFacts,
  type GrantFacts,
  type NodeFacts,
} from './access-facts.ts'
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
 * Decides of nodes by what the database has now, all of it from one statement and so of one moment. Gives those
 * that the user may read.
 */
export async function readAccess(
  db: Kysely<Schema>,
  userId: UserId,
  nodeIds: readonly NodeId[],
  now: Date,
): Promise<Map<NodeId, ReadAccess>> {
  if (nodeIds.length === 0) return new Map()
  const facts =
    (await readMemberFacts(db, userId, nodeIds)) ?? (await readSharedFacts(db, userId, nodeIds))
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
