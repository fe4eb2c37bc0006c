import type { NodeId } from '@cloudsync/protocol'
import { useUpload } from '../uploads/uploads-context.tsx'
import { findRelocationFault } from './relocation-fault.ts'
import type { relocate } from './relocate.ts'
import type { SpaceTree } from './space-tree.ts'
import { useTrees } from './tree-context.tsx'
import { useNodeDrop } from './use-node-drop.ts'

export interface FolderDropOptions {
  readonly tree: SpaceTree
  /** Undefined: nothing can be dropped here. */
  readonly folderId: NodeId | undefined
  readonly onHold?: () => void
}

/** An element that stands for a folder takes what is dropped on it, from whichever space, into the folder. */
export function useFolderDrop({ tree, folderId, onHold }: FolderDropOptions) {
  const upload = useUpload()
  const trees = useTrees()
  return useNodeDrop({
    folderId,
    mayDrop: (ids, mode) =>
      folderId !== undefined && findRelocationFault(tree, ids, folderId, mode) === undefined,
    onNodes: ({ spaceId, ids }, mode) => {
      const source = trees.find(spaceId)
      if (folderId === undefined || !source) return
      void relocateLater(source.editor, source.tree.store.nodes(ids), { tree, folderId }, mode)
    },
    onFiles: (entries) => {
      if (folderId !== undefined) upload(tree, folderId, entries)
    },
    ...(onHold ? { onHold } : {}),
  })
}

/** Moves or copies nodes into a folder. Its code comes with the first time. */
async function relocateLater(...args: Parameters<typeof relocate>): Promise<void> {
  const module = await import('./relocate.ts')
  module.relocate(...args)
}
