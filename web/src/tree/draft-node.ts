import type { Me, Node, NodeId, NodeKind, SpaceId } from '@cloudsync/protocol'
import { createNodeId } from '../files/node-id.ts'

export interface DraftOptions {
  readonly spaceId: SpaceId
  readonly parentId: NodeId
  readonly name: string
  readonly kind: NodeKind
  readonly me: Pick<Me, 'id' | 'name' | 'color'>
  readonly now: number
}

/** How a new node looks until the server has answered; its id is the one that it will have. */
export function draftNode({ spaceId, parentId, name, kind, me, now }: DraftOptions): Node {
  const time = new Date(now).toISOString()
  const person = { id: me.id, name: me.name, color: me.color }
  return {
    id: createNodeId(now),
    spaceId,
    parentId,
    name,
    kind,
    sizeBytes: kind === 'folder' ? null : 0,
    mediaType: kind === 'text' ? 'text/plain' : null,
    mode: kind === 'folder' ? null : 'regular',
    sha256: null,
    isReadable: true,
    inherits: true,
    hasConflicts: false,
    seq: 0,
    createdAt: time,
    createdBy: person,
    updatedAt: time,
    updatedBy: person,
    trashedAt: null,
  }
}

/** How a copy looks until the server has answered. */
export function draftCopy(
  node: Node,
  options: { spaceId: SpaceId; parentId: NodeId; name: string; now: number },
): Node {
  const time = new Date(options.now).toISOString()
  return {
    ...node,
    id: createNodeId(options.now),
    spaceId: options.spaceId,
    parentId: options.parentId,
    name: options.name,
    seq: 0,
    createdAt: time,
    updatedAt: time,
    trashedAt: null,
  }
}
