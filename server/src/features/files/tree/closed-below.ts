import type { NodeId, Permission, UserId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import { may, type Access, type NodeAccess } from '#features/access/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'

interface Parts {
  readonly db: Kysely<Schema>
  readonly access: Pick<Access, 'listAccessIn'>
}

/**
 * The private folders among nodes and below them with which somebody may not do this. Elsewhere below a
 * node everybody may do what they may do with the node itself.
 */
export async function listClosedBelow(
  { db, access }: Parts,
  userId: UserId,
  ids: readonly NodeId[],
  permission: Permission,
): Promise<NodeId[]> {
  const { rows } = await sql<{ id: NodeId }>`
    WITH RECURSIVE private AS (
      SELECT id, id AS at FROM nodes WHERE NOT inherits
        AND space_id IN (SELECT space_id FROM nodes WHERE id = ANY(${ids}::uuid[]))
      UNION
      SELECT private.id, nodes.parent_id FROM private JOIN nodes ON nodes.id = private.at
      WHERE nodes.parent_id IS NOT NULL AND private.at <> ALL(${ids}::uuid[])
    )
    SELECT DISTINCT id FROM private WHERE at = ANY(${ids}::uuid[])
  `.execute(db)
  if (rows.length === 0) return []
  const found = await access.listAccessIn(
    db,
    userId,
    rows.map(({ id }) => id),
  )
  return rows.flatMap(({ id }) => {
    const access = found.get(id)
    return access && may(access, permission) ? [] : [id]
  })
}

/**
 * Refuses what would take a private folder of others out of their reach for good, or into the hands of another
 * owner. Throws `forbidden`.
 */
export async function requireAllBelow(
  parts: Parts,
  userId: UserId,
  ids: readonly NodeId[],
): Promise<void> {
  const closed = await listClosedBelow(parts, userId, ids, 'node.delete')
  if (closed.length > 0)
    throw new ProblemError('forbidden', { detail: 'It holds a private folder of somebody else' })
}

/** Lets pass who may take a node out of its folder. Throws as `Access.requireNode`. */
export async function requireRemoval(
  access: Access,
  userId: UserId,
  nodeId: NodeId,
): Promise<void> {
  const { parentId } = await access.requireNode(userId, nodeId, 'node.delete')
  if (parentId !== null) await asFolder(access.requireNode(userId, parentId, 'node.edit'))
}

/** Asks for the folder of a node, which may lie out of sight of who was given the node alone: no secret to them. */
export async function asFolder(asked: Promise<NodeAccess>): Promise<NodeAccess> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'not_found')
      throw new ProblemError('forbidden')
    throw error
  }
}
