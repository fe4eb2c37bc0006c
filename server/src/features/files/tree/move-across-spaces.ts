import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import { sumUsage } from '#features/spaces/index.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { requireAllBelow } from './closed-below.ts'
import { foldersOfDeparted } from './departed.ts'
import { lockSubtree } from './lock-subtree.ts'
import type { IfTaken } from './folder-listing.ts'
import type { TreeWriter } from './tree-writer.ts'

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
  const ids = await lockSubtree(tx, row.id, { trashed: 'everything', limit: maxNodes })
  if (ids.length > maxNodes)
    throw new ProblemError('too_large', { detail: `At most ${maxNodes} nodes move at once` })
  await requireAllBelow({ db: tx, access: tree.access }, tree.actorId, [row.id])
  const oldSpaceId = row.space_id
  const usedBytes = await sumUsage(tx, ids)
  await nodes.charges.require(to.spaceId, usedBytes)
  const moved = await tree.move(row, to, to.ifTaken)
  nodes.charges.add(oldSpaceId, -usedBytes)
  nodes.charges.add(to.spaceId, usedBytes)
  tree.forgetFolders()
  const { rows } = await sql<NodeRow>`
    UPDATE nodes SET space_id = ${to.spaceId}, arrived_rev = NULL, rev = -(1 + floor(random() * 140737488355327))::bigint
    WHERE id = ANY(${ids}::uuid[]) RETURNING *`.execute(tx)
  await sql`
    UPDATE versions SET space_id = ${to.spaceId} WHERE node_id = ANY(${ids}::uuid[])`.execute(tx)
  await sql`
    UPDATE grants SET space_id = ${to.spaceId} WHERE node_id = ANY(${ids}::uuid[])`.execute(tx)
  await sql`
    UPDATE conflicts SET space_id = ${to.spaceId} WHERE node_id = ANY(${ids}::uuid[])`.execute(tx)
  await sql`
    DELETE FROM departures
    WHERE space_id = ${to.spaceId} AND node_id = ANY(${ids}::uuid[])`.execute(tx)
  tree.moved(to.spaceId)
  const lay = foldersOfDeparted(rows, { id: row.id, folderId: row.parent_id })
  for (const each of rows) {
    nodes.feed.leave(oldSpaceId, each.id, lay.get(each.id) ?? null)
    nodes.feed.enter(each)
  }
  return rows.find(({ id }) => id === row.id) ?? moved
}
