import type { NodeId, UserId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { readMemberFacts, readSharedFacts } from './access-facts.ts'
import type { NodeAccess } from './access.ts'
import { includes } from './permission-set.ts'
import { Standings, type Standing } from './standings.ts'

/** What was decided of a node. */
export interface ReadAccess extends Standing {
  readonly access: NodeAccess
  /** Of the node itself. */
  readonly inherits: boolean
}

/**
 * Decides of nodes by what the database has now, all of it from one statement and so of one moment. Gives those
 * that the user may read, and of the folders above them.
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
  const standings = new Standings(facts, userId, now.getTime())
  const found = new Map<NodeId, ReadAccess>()
  for (const node of facts.nodes) {
    const { decision, validUntilMs } = standings.of(node)
    if (!includes(decision.permissions, 'node.read') || decision.role === undefined) continue
    const access: NodeAccess = {
      nodeId: node.id,
      spaceId: node.spaceId,
      parentId: node.parentId,
      kind: node.kind,
      permissions: decision.permissions,
      role: decision.role,
      isTrashed: standings.isTrashed(node),
    }
    found.set(node.id, { access, decision, inherits: node.inherits, validUntilMs })
  }
  return found
}
