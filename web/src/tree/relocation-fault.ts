import type { NodeId } from '@cloudsync/protocol'
import type { SpaceTree } from './space-tree.ts'

/** Why nodes cannot go into a folder; `undefined` when they can. */
export function findRelocationFault(
  tree: SpaceTree,
  ids: readonly NodeId[],
  targetId: NodeId,
  mode: 'move' | 'copy',
): string | undefined {
  if (ids.length === 0) return 'There is nothing to move'
  const path = new Set([targetId, ...tree.ancestors(targetId).map(({ id }) => id)])
  if (ids.some((id) => path.has(id))) return 'A folder cannot go into itself or below itself'
  if (mode === 'move' && ids.every((id) => tree.store.node(id)?.parentId === targetId)) {
    return 'It is there already'
  }
  return undefined
}
