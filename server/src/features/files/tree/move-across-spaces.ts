import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import type { IfTaken, TreeWriter } from './tree-writer.ts'

/** More than this is moved in several requests. */
const maxNodes = 100_000

/**
 * Moves a node to another space, with everything below it, trashed or not. Unlike a move within a space
 * it writes each row: all of it leaves one change feed and enters another.
 */
export async function moveAcrossSpaces(
  tree: TreeWriter,
  row: NodeRow,
  to: {
    readonly parentId: NodeId
    readonly name: string
    readonly spaceId: SpaceId
    readonly ifTaken: IfTaken
  },
): Promise<NodeRow> {
  const { tx, nodes } = tree
  const below = await lockBelow(tx, row.id)
  if (below.length > maxNodes)
    throw new ProblemError('too_large', { detail: `At most ${maxNodes} nodes move at once` })
  const ids = [row.id, ...below]
  const oldSpaceId = row.space_id
  const moved = await tree.move(row, to, to.ifTaken)
  const { rows } = await sql<NodeRow>`
    UPDATE nodes SET space_id = ${to.spaceId}, rev = -(1 + floor(random() * 140737488355327))::bigint
    WHERE id = ANY(${ids}::uuid[]) RETURNING *`.execute(tx)
  await sql`
    UPDATE conflicts SET space_id = ${to.spaceId} WHERE node_id = ANY(${ids}::uuid[])`.execute(tx)
  await tx
    .deleteFrom('departures')
    .where('space_id', '=', to.spaceId)
    .where('node_id', 'in', ids)
    .execute()
  nodes.forget(moved)
  for (const each of rows) {
    nodes.leaveFeed(oldSpaceId, each.id)
    nodes.enterFeed(each)
  }
  return rows.find(({ id }) => id === row.id) ?? moved
}

/** What is being made below waits for this, and is made in the new space then. */
async function lockBelow(tx: Transaction<Schema>, id: NodeId): Promise<NodeId[]> {
  const { rows } = await sql<{ id: NodeId }>`
    WITH RECURSIVE below AS (
      SELECT id FROM nodes WHERE parent_id = ${id}
      UNION ALL
      SELECT nodes.id FROM below JOIN nodes ON nodes.parent_id = below.id
    )
    SELECT nodes.id FROM nodes WHERE id IN (SELECT id FROM below)
    ORDER BY id LIMIT ${maxNodes + 1} FOR UPDATE
  `.execute(tx)
  return rows.map((row) => row.id)
}
