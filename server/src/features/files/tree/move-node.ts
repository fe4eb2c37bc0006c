import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { findHeight, listWayUp, maxDepth } from './ancestry.ts'
import { moveAcrossSpaces } from './move-across-spaces.ts'
import type { IfTaken } from './folder-listing.ts'
import { parentOf, type TreeWriter } from './tree-writer.ts'

export interface Move {
  readonly parentId?: NodeId | undefined
  readonly name?: string | undefined
  readonly ifTaken: IfTaken
  readonly actorId: UserId
}

/**
 * Moves a live node to another folder, or another name, or both. `row` is locked. Throws `would_cycle`,
 * `too_deep`, `trashed`, `bad_request`, `invalid_name` and `name_taken`, before anything is written.
 */
export async function moveNode(tree: TreeWriter, row: NodeRow, move: Move): Promise<NodeRow> {
  if (row.trashed_at !== null) throw new ProblemError('trashed')
  const oldParentId = parentOf(row)
  const parentId = move.parentId ?? oldParentId
  const name = move.name ?? row.name
  if (parentId === oldParentId) return tree.rename(row, name, move.ifTaken)
  const target = await tree.folder(parentId)
  if (row.kind === 'folder') await requirePlace(tree.tx, row, target)
  return target.space_id === row.space_id
    ? tree.move(row, { parentId, name }, move.ifTaken)
    : moveAcrossSpaces(tree, row, { ...move, parentId, name, spaceId: target.space_id })
}

/**
 * Two moves that each are harmless can make a circle together, and neither touches a row of the other.
 * So folders move one at a time in a space; each sees what the one before has committed. How high a
 * folder stands is only counted where it comes to lie deeper than it did.
 */
export async function requirePlace(
  tx: Transaction<Schema>,
  row: NodeRow,
  target: NodeRow,
): Promise<void> {
  await lockMoves(tx, [row.space_id, target.space_id])
  const wayUp = await listWayUp(tx, target.id)
  if (wayUp.includes(row.id)) throw new ProblemError('would_cycle')
  if (wayUp.length < (await listWayUp(tx, row.id)).length) return
  if (wayUp.length + (await findHeight(tx, row.id)) > maxDepth) throw new ProblemError('too_deep')
}

/** Waits for its turn to move folders in these spaces, until the commit. */
export async function lockMoves(
  tx: Transaction<Schema>,
  spaceIds: Iterable<SpaceId>,
): Promise<void> {
  for (const spaceId of [...new Set(spaceIds)].toSorted())
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${spaceId}, 2))`.execute(tx)
}
