import type { Node, NodeId, SpaceId, UserId } from '@cloudsync/protocol'

/** A text file as the server lists it. */
export function makeNode(name: string, fields: Partial<Node> = {}): Node {
  return {
    id: `id of ${name}` as NodeId,
    spaceId: 'space' as SpaceId,
    parentId: 'root' as NodeId,
    name,
    kind: 'text',
    sizeBytes: 1,
    mediaType: 'text/plain',
    mode: 'regular',
    sha256: null,
    isReadable: true,
    inherits: true,
    hasConflicts: false,
    seq: 0,
    createdAt: '2026-11-01T00:00:00.000Z',
    createdBy: null,
    updatedAt: '2026-11-01T00:00:00.000Z',
    updatedBy: { id: 'user' as UserId, name: 'Ada', color: '#C2255C' },
    trashedAt: null,
    ...fields,
  }
}
