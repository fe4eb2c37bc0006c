import type { Node, NodeId, UserId } from '@cloudsync/protocol'
import type { Access } from '#features/access/index.ts'
import type { People } from '../people.ts'
import type { NodeRow } from './node-reader.ts'
import { presentNodes } from './present-node.ts'

/**
 * What somebody sees of nodes. Of a private folder that they may not read its name and kind, which the folder
 * above lists, if they may read that one; of anything else that they may not read nothing.
 */
export async function presentVisible(
  { access, people }: { readonly access: Access; readonly people: People },
  userId: UserId,
  rows: readonly NodeRow[],
): Promise<ReadonlyMap<NodeId, Node>> {
  const readable = await access.listAccess(
    userId,
    rows.map(({ id }) => id),
  )
  const closed = rows.filter(({ id, inherits }) => !inherits && !readable.has(id))
  const shown = new Map<NodeId, Node>()
  const open = rows.filter(({ id }) => readable.has(id))
  for (const node of await presentNodes(open, people)) shown.set(node.id, node)
  if (closed.length === 0) return shown
  const parentIds = closed.flatMap(({ parent_id: parentId }) => parentId ?? [])
  const parents = await access.listAccess(userId, parentIds)
  for (const row of closed)
    if (row.trashed_at === null && row.parent_id !== null && parents.has(row.parent_id))
      shown.set(row.id, presentClosed(row))
  return shown
}

/** A private folder to somebody who may not read it. */
function presentClosed(row: NodeRow): Node {
  const never = new Date(0).toISOString()
  return {
    id: row.id,
    spaceId: row.space_id,
    parentId: row.parent_id,
    name: row.name,
    kind: row.kind,
    isReadable: false,
    inherits: false,
    sizeBytes: null,
    mediaType: null,
    sha256: null,
    hasConflicts: false,
    seq: 0,
    createdAt: never,
    createdBy: null,
    updatedAt: never,
    updatedBy: null,
    trashedAt: null,
  }
}
