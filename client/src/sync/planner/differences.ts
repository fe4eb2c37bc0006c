import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry, RemoteEntry, SyncedEntry, Trees } from '../model/entry.ts'
import { isSteady } from '../model/steady.ts'

/**
 * What becomes of a node that differs:
 *
 * - `both`: it is on both sides, and stays;
 * - `to-local`, `to-remote`: it is on one side, and comes to the other;
 * - `drop-remote`, `drop-local`: it is gone from one side, and goes from the other;
 * - `gone`: from both;
 * - `wait`: nothing may be concluded yet.
 */
export type Fate =
  | 'both'
  | 'to-local'
  | 'to-remote'
  | 'drop-remote'
  | 'drop-local'
  | 'gone'
  | 'wait'

/** A node that is not the same in all three trees. */
export interface NodeView {
  readonly id: NodeId
  readonly remote: RemoteEntry | undefined
  readonly local: LocalEntry | undefined
  readonly synced: SyncedEntry | undefined
  /** Nothing is concluded before `findFates`, and other things change it later. */
  fate: Fate
}

/**
 * What differs, and what the disk calls otherwise and perhaps need not any more, in the order of ids: a plan
 * does not depend on the order in which trees were filled.
 */
export function listDifferences(
  trees: Trees,
  forced: Iterable<NodeId>,
  differing: Iterable<NodeId> = findDiffering(trees),
): Map<NodeId, NodeView> {
  const ids: NodeId[] = []
  for (const id of differing) if (isInAny(trees, id)) ids.push(id)
  for (const id of forced) if (trees.remote.has(id)) ids.push(id)
  ids.sort()
  const views = new Map<NodeId, NodeView>()
  for (const id of ids) views.set(id, viewOf(trees, id))
  return views
}

/** The nodes of which the three trees say different things. Looks at all of them. */
export function* findDiffering(trees: Trees): Generator<NodeId, void> {
  for (const [id, remote] of trees.remote)
    if (!isSteady(remote, trees.local.get(id), trees.synced.get(id))) yield id
  for (const id of trees.local.keys()) if (!trees.remote.has(id)) yield id
  for (const id of trees.synced.keys()) if (!trees.remote.has(id) && !trees.local.has(id)) yield id
}

function isInAny({ remote, local, synced }: Trees, id: NodeId): boolean {
  return remote.has(id) || local.has(id) || synced.has(id)
}

/** A synced entry of another kind than what is there now says nothing about it. */
function viewOf(trees: Trees, id: NodeId): NodeView {
  const remote = trees.remote.get(id)
  const local = trees.local.get(id)
  const synced = trees.synced.get(id)
  const kind = remote?.kind ?? local?.kind
  const isOfKind = kind === undefined || synced?.kind === kind
  return { id, remote, local, synced: isOfKind ? synced : undefined, fate: 'wait' }
}
