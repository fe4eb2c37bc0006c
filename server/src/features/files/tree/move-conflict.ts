import type { ConflictPolicy, NodeId, UserId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import { getConflictPolicy } from '../conflicts/conflict-policy.ts'
import { recordConflict } from '../conflicts/conflict-records.ts'
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
  return movedTwice || renamedTwice ? getConflictPolicy(tx, row) : undefined
}

function collides(
  wanted: string | undefined,
  now: string | null,
  seen: string | undefined,
): boolean {
  return wanted !== undefined && seen !== undefined && now !== seen && now !== wanted
}

/** Leaves the node where it is and lists what was wanted, for a person to decide. */
export async function openMoveConflict(
  tree: TreeWriter,
  row: NodeRow,
  wanted: {
    readonly parentId?: NodeId | undefined
    readonly name?: string | undefined
    readonly actorId: UserId
    readonly now: Date
  },
): Promise<string> {
  const { actorId, now } = wanted
  const { id } = await recordConflict(tree.nodes, row, {
    kind: 'move',
    theirs: {
      parentId: row.parent_id ?? undefined,
      name: row.name,
      by: await findLastMover(tree.tx, row),
    },
    mine: {
      parentId: wanted.parentId ?? row.parent_id ?? undefined,
      name: wanted.name ?? row.name,
      by: actorId,
    },
    actorId,
    now,
  })
  return id
}

/** Who gave a node the place and the name that it has; its row knows only who wrote to it last. */
async function findLastMover(tx: Kysely<Schema>, row: NodeRow): Promise<UserId | null> {
  const last = await tx
    .selectFrom('events')
    .select('actor_id')
    .where('space_id', '=', row.space_id)
    .where('node_id', '=', row.id)
    .where('type', 'in', ['file.moved', 'file.renamed', 'folder.moved', 'folder.renamed'])
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return last ? last.actor_id : row.updated_by
}
