import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { nameKey } from '@cloudsync/crdt'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { NodeRow } from '../nodes/node-reader.ts'

/** So many folders lie in one another at most, the root among them; files lie in the lowest too. */
export const maxDepth = 1_000

/**
 * A walk up ends there. It is more than the bound: who moves a folder does not see what somebody is just
 * about to make below it.
 */
const maxWalk = 2 * maxDepth

/** A node and the folders above it, from the node up to the root. */
export async function listUpwards(db: Kysely<Schema>, id: NodeId): Promise<NodeRow[]> {
  const { rows } = await sql<NodeRow>`
    WITH RECURSIVE above AS (
      SELECT id, parent_id, 0 AS distance FROM nodes WHERE id = ${id}
      UNION ALL
      SELECT nodes.id, nodes.parent_id, above.distance + 1
      FROM above JOIN nodes ON nodes.id = above.parent_id
      WHERE above.distance < ${maxWalk}
    )
    SELECT nodes.* FROM above JOIN nodes ON nodes.id = above.id ORDER BY above.distance
  `.execute(db)
  return rows
}

/** The folders above a node, from the root down to its parent. */
export async function listAncestors(db: Kysely<Schema>, id: NodeId): Promise<NodeRow[]> {
  return (await listUpwards(db, id)).slice(1).toReversed()
}

/** The ids of a folder and those above it, from the folder up to the root. */
export async function listWayUp(db: Kysely<Schema>, id: NodeId): Promise<NodeId[]> {
  return (await listUpwards(db, id)).map((row) => row.id)
}

/** How many folders lie in one another from this one down, itself among them, trashed or not. */
export async function findHeight(db: Kysely<Schema>, id: NodeId): Promise<number> {
  const { rows } = await sql<{ height: number }>`
    WITH RECURSIVE below AS (
      SELECT id, 1 AS height FROM nodes WHERE id = ${id}
      UNION ALL
      SELECT nodes.id, below.height + 1 FROM below
      JOIN nodes ON nodes.parent_id = below.id AND nodes.kind = 'folder'
      WHERE below.height < ${maxWalk}
    )
    SELECT max(height) AS height FROM below
  `.execute(db)
  return rows[0]?.height ?? 0
}

/** The nearest folder from `id` up that is out of the trash, with everything above it. */
export async function findLivingFolder(
  db: Kysely<Schema>,
  id: NodeId,
): Promise<NodeRow | undefined> {
  const rows = await listUpwards(db, id)
  return rows[rows.findLastIndex((row) => row.trashed_at !== null) + 1]
}

/**
 * The live node that a path leads to from the root of a space, in one query; names are compared as the
 * uniqueness of names does. An empty path is the root.
 */
export async function findByPath(
  db: Kysely<Schema>,
  spaceId: SpaceId,
  names: readonly string[],
): Promise<NodeRow | undefined> {
  const keys = names.map(nameKey)
  const { rows } = await sql<NodeRow>`
    WITH RECURSIVE walk AS (
      SELECT spaces.root_id AS id, 0 AS depth FROM spaces WHERE spaces.id = ${spaceId}
      UNION ALL
      SELECT nodes.id, walk.depth + 1
      FROM walk JOIN nodes ON nodes.parent_id = walk.id AND nodes.trashed_at IS NULL
        AND nodes.name_key = (${keys}::text[])[walk.depth + 1]
      WHERE walk.depth < ${keys.length}
    )
    SELECT nodes.* FROM walk JOIN nodes ON nodes.id = walk.id WHERE walk.depth = ${keys.length}
  `.execute(db)
  return rows[0]
}
