import type { NodeId } from '@cloudsync/protocol'
import type { NodeRow } from '../nodes/node-reader.ts'

/**
 * For each node of a subtree that leaves a space, the folder whose readers hear of it: the one that the subtree
 * lay in; within a private folder that folder itself, of which they who may read it hear that it is gone.
 */
export function foldersOfDeparted(
  rows: readonly Pick<NodeRow, 'id' | 'parent_id' | 'inherits'>[],
  top: { readonly id: NodeId; readonly folderId: NodeId | null },
): Map<NodeId, NodeId | null> {
  const nodes = new Map(rows.map((row) => [row.id, row]))
  const known = new Map<NodeId, NodeId | null>([[top.id, top.folderId]])
  for (const { id } of rows) {
    const way: NodeId[] = []
    let at: NodeId = id
    while (!known.has(at)) {
      way.push(at)
      const parentId = nodes.get(at)?.parent_id ?? null
      if (parentId === null || !nodes.has(parentId)) known.set(at, top.folderId)
      else at = parentId
    }
    for (const below of way.toReversed()) {
      const folder = nodes.get(nodes.get(below)?.parent_id as NodeId)
      if (!folder) continue
      known.set(below, folder.inherits ? (known.get(folder.id) ?? null) : folder.id)
    }
  }
  return known
}
