import type { Node, NodeId, SpaceId } from '@cloudsync/protocol'

/** Where a node is looked at: a folder in its space, a file on its own page. */
export function addressOf(node: Pick<Node, 'id' | 'kind' | 'parentId' | 'spaceId'>): string {
  if (node.kind !== 'folder') return `/files/${node.id}`
  return node.parentId === null ? `/spaces/${node.spaceId}` : folderAddress(node.spaceId, node.id)
}

/** Of a folder below the root. */
export function folderAddress(spaceId: SpaceId, folderId: NodeId): string {
  return `/spaces/${spaceId}/folders/${folderId}`
}
