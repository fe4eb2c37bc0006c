import type { FileMode, Node, SyncNode } from '@cloudsync/protocol'
import type { ContentName, RemoteEntry } from '../model/entry.ts'

/** `undefined` for the root of a space, which lies nowhere, and for a private folder of others. */
export function entryOfSyncNode(node: SyncNode): RemoteEntry | undefined {
  return entryOfNode(node, node.etag, node.canEdit)
}

export function entryOfNode(
  node: Node,
  content: ContentName | null,
  canEdit = true,
): RemoteEntry | undefined {
  const { id, parentId, name, kind, seq, sizeBytes, isReadable, mode } = node
  if (parentId === null || !isReadable) return undefined
  const isFolder = kind === 'folder'
  return {
    id,
    parentId,
    name,
    kind: isFolder ? 'folder' : mode === 'symlink' ? 'symlink' : 'file',
    seq,
    content: isFolder ? null : content,
    isText: kind === 'text',
    sizeBytes,
    canEdit,
    ...modeOf(mode),
  }
}

/** A server of before has no modes. */
function modeOf(mode: FileMode | null | undefined): { isExecutable?: boolean } {
  return mode === 'regular' || mode === 'executable' ? { isExecutable: mode === 'executable' } : {}
}
