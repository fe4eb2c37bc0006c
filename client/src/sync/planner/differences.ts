import type { NodeId } from '@cloudsync/protocol'
import { isSteadyMode } from './modes.ts'
import type { Entry, LocalEntry, RemoteEntry, SyncedEntry, Trees } from '../model/entry.ts'

/** A node that is not the same in all three trees. */
export interface NodeView {
  readonly id: NodeId
  readonly remote: RemoteEntry | undefined
  readonly local: LocalEntry | undefined
  readonly synced: SyncedEntry | undefined
}

/**
 * What differs, and what the disk calls otherwise and perhaps need not any more, in the order of ids: a plan
 * does not depend on the order in which trees were filled.
 */
export function listDifferences(
  trees: Trees,
  isForced: (id: NodeId) => boolean,
): Map<NodeId, NodeView> {
  const ids: NodeId[] = []
  for (const [id, remote] of trees.remote)
    if (!isSteady(remote, trees.local.get(id), trees.synced.get(id)) || isForced(id)) ids.push(id)
  for (const id of trees.local.keys()) if (!trees.remote.has(id)) ids.push(id)
  for (const id of trees.synced.keys())
    if (!trees.remote.has(id) && !trees.local.has(id)) ids.push(id)
  ids.sort()
  return new Map(ids.map((id) => [id, viewOf(trees, id)]))
}

/** A synced entry of another kind than what is there now says nothing about it. */
function viewOf(trees: Trees, id: NodeId): NodeView {
  const remote = trees.remote.get(id)
  const local = trees.local.get(id)
  const synced = trees.synced.get(id)
  const kind = remote?.kind ?? local?.kind
  const isOfKind = kind === undefined || synced?.kind === kind
  return { id, remote, local, synced: isOfKind ? synced : undefined }
}

export function isSamePlace(
  one: Pick<Entry, 'parentId' | 'name'>,
  other: Pick<Entry, 'parentId' | 'name'>,
): boolean {
  return one.parentId === other.parentId && one.name === other.name
}

function isSteady(
  remote: RemoteEntry,
  local: LocalEntry | undefined,
  synced: SyncedEntry | undefined,
): boolean {
  return (
    local !== undefined &&
    local.diskName === undefined &&
    synced !== undefined &&
    isSamePlace(remote, synced) &&
    isSamePlace(local, synced) &&
    remote.kind === synced.kind &&
    local.kind === synced.kind &&
    remote.content === synced.remoteContent &&
    local.content === synced.localContent &&
    isSteadyMode(remote, local, synced)
  )
}
