import type { Node, NodeId, UserId } from '@cloudsync/protocol'
import type { Access } from '#features/access/index.ts'
import type { People } from '../people.ts'
import type { ShownRow } from './node-reader.ts'
import { presentNodes } from './present-node.ts'

/**
 * What somebody sees of nodes. Of a private folder that they may not read its name and kind, which the folder
 * above lists, if they may read that one; of anything else that they may not read nothing.
 */
export async function presentVisible(
  { access, people }: { readonly access: Access; readonly people: People },
  userId: UserId,
  rows: readonly ShownRow[],
): Promise<ReadonlyMap<NodeId, Node>> {
  const folders = await access.listAccess(userId, [
    ...new Set(rows.map(({ id, parent_id: parentId }) => parentId ?? id)),
  ])
  const isInside = (row: ShownRow) => row.inherits && folders.has(row.parent_id ?? row.id)
  // Seldom any: a private folder, or what was shared with somebody who may not read the folder.
  const others = rows.filter((row) => !isInside(row))
  const readable = await access.listAccess(
    userId,
    others.map(({ id }) => id),
  )
  const open = rows.filter((row) => isInside(row) || readable.has(row.id))
  const shown = new Map<NodeId, Node>()
  for (const node of await presentNodes(open, people)) shown.set(node.id, node)
  for (const row of others)
    if (!row.inherits && !readable.has(row.id) && isListed(row) && folders.has(row.parent_id))
      shown.set(row.id, presentClosed(row))
  return shown
}

function isListed(row: ShownRow): row is ShownRow & { parent_id: NodeId } {
  return row.trashed_at === null && row.parent_id !== null
}

/** A private folder to somebody who may not read it. */
function presentClosed(row: ShownRow): Node {
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
