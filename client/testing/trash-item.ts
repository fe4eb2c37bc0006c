import type { NodeId } from '@cloudsync/protocol'
import { childrenByParent } from '../src/sync/engine/tree-paths.ts'
import type { TrashItem } from '../src/sync/ports.ts'
import type { SyncStore } from '../src/sync/store/sync-store.ts'

/** A node as whoever has this store knows it, with all below, to be asked into the trash. */
export function trashItemOf({ trees }: Pick<SyncStore, 'trees'>, id: NodeId): TrashItem {
  const children = childrenByParent(trees.remote)
  const below: { id: NodeId; seq: number }[] = []
  for (const folders = [id]; folders.length > 0;)
    for (const child of children.get(folders.pop() as NodeId) ?? []) {
      below.push({ id: child.id, seq: child.seq })
      folders.push(child.id)
    }
  return { id, seq: trees.remote.get(id)?.seq ?? 0, below }
}
