import type { ConflictPolicy, NodeId, UserId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Schema } from '#platform/db/schema.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { findConflictPolicy } from './conflict-policy.ts'
import type { MoveCommand } from './tree-command.ts'
import type { TreeWriter } from './tree-writer.ts'

/**
 * Whether a command meets a move or a rename of somebody else that its giver had not seen, and what then
 * holds. A move and a rename do not collide, and neither do two that want the same.
 */
export async function findMoveConflict(
  tx: Kysely<Schema>,
  row: NodeRow,
  { seen, parentId, name }: MoveCommand,
): Promise<ConflictPolicy | undefined> {
  if (!seen) return undefined
  const movedTwice = collides(parentId, row.parent_id, seen.parentId)
  const renamedTwice = collides(name, row.name, seen.name)
  return movedTwice || renamedTwice ? findConflictPolicy(tx, row.id) : undefined
}

function collides(wanted: string | undefined, now: string | null, seen: string): boolean {
  return wanted !== undefined && now !== seen && now !== wanted
}

/** Leaves the node where it is and lists what was wanted, for a person to decide. */
export async function openMoveConflict(
  tree: TreeWriter,
  row: NodeRow,
  wanted: {
    readonly parentId?: NodeId | undefined
    readonly name?: string | undefined
    readonly actorId: UserId
  },
): Promise<string> {
  const id = uuidv7()
  const { actorId } = wanted
  const theirs = { parentId: row.parent_id, name: row.name, by: row.updated_by }
  const mine = {
    parentId: wanted.parentId ?? row.parent_id,
    name: wanted.name ?? row.name,
    by: actorId,
  }
  await tree.tx
    .insertInto('conflicts')
    .values({
      id,
      space_id: row.space_id,
      node_id: row.id,
      kind: 'move',
      mine: JSON.stringify(mine),
      theirs: JSON.stringify(theirs),
      resolution: null,
    })
    .execute()
  const marked = await tree.nodes.update(row, { open_conflicts: row.open_conflicts + 1 })
  tree.nodes.note(marked, 'conflict.opened', actorId, { conflictId: id, kind: 'move' })
  return id
}
