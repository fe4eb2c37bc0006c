import type { NodeId } from '@cloudsync/protocol'
import { useUpload } from '../uploads/uploads-context.tsx'
import { findRelocationFault } from './relocation-fault.ts'
import type { relocate } from './relocate.ts'
import type { SpaceTree } from './space-tree.ts'
import type { LazyEditor } from './lazy-editor.ts'
import { useNodeDrop } from './use-node-drop.ts'

export interface FolderDropOptions {
  readonly tree: SpaceTree
  readonly editor: LazyEditor
  /** Undefined: nothing can be dropped here. */
  readonly folderId: NodeId | undefined
  readonly onHold?: () => void
}

/** An element that stands for a folder takes what is dropped on it into the folder. */
export function useFolderDrop({ tree, editor, folderId, onHold }: FolderDropOptions) {
  const upload = useUpload()
  return useNodeDrop({
    spaceId: tree.spaceId,
    folderId,
    mayDrop: (ids, mode) =>
      folderId !== undefined && findRelocationFault(tree, ids, folderId, mode) === undefined,
    onNodes: (ids, mode) => {
      if (folderId === undefined) return
      void relocateLater({ tree, editor }, tree.store.nodes(ids), folderId, mode)
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
