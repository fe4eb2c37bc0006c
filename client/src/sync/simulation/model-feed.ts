import type { NodeId } from '@cloudsync/protocol'
import type { RemoteEntry } from '../model/entry.ts'
import type { RemoteChange } from '../ports.ts'
import type { ModelServer, ServerNode } from './model-server.ts'

interface Changes {
  readonly changes: RemoteChange[]
  readonly seq: number
  readonly hasMore: boolean
}

/**
 * The feed: of each node what it is now, in the order in which they were last changed. `knows`: what of the space the
 * asker had when it stood there.
 */
export function readChanges(
  server: ModelServer,
  after: number,
  limit: number,
  knows: (id: NodeId) => boolean,
): Changes {
  const later = [...server.nodes.values()]
    .filter(({ seq }) => seq > after)
    .toSorted((one, other) => one.seq - other.seq)
  const page = later.slice(0, limit)
  const changes = page.flatMap((node) => changesOf(server, node, after, knows))
  return { changes, seq: page.at(-1)?.seq ?? after, hasMore: later.length > limit }
}

/** All that is in a folder and not in the trash, parents first. */
export function listBelow(server: ModelServer, parentId: NodeId): RemoteEntry[] {
  const children = [...server.nodes.values()].filter(
    (node) => node.parentId === parentId && !node.isTrashed,
  )
  return children.flatMap((child) => [server.entryOf(child), ...listBelow(server, child.id)])
}

/**
 * What is in a folder is told with it only where that has come here since, or is not known there. To who has all of a
 * space, what changes in a folder in the trash is told as anything else.
 */
function changesOf(
  server: ModelServer,
  node: ServerNode,
  after: number,
  knows: (id: NodeId) => boolean,
): RemoteChange[] {
  const { id, arrivedSeq, isTrashed } = node
  const isArrival = arrivedSeq !== null && (arrivedSeq > after || !knows(id))
  const below = isArrival && server.isVisible(node) ? listBelow(server, id) : []
  return [
    { kind: 'entry', entry: server.entryOf(node), isTrashed },
    ...below.map((entry) => ({ kind: 'entry', entry, isTrashed: false }) as const),
  ]
}
