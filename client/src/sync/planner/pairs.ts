import { nameKey } from '@cloudsync/crdt'
import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry, RemoteEntry } from '../model/entry.ts'
import type { PlanOptions } from '../model/plan.ts'
import type { NodeView } from './differences.ts'
import { isDrop, type Fates } from './fates.ts'

export interface Pairs {
  /** The server's id of what is known under another on the disk. */
  readonly remoteIdOf: ReadonlyMap<NodeId, NodeId>
  readonly localIdOf: ReadonlyMap<NodeId, NodeId>
}

/**
 * Finds what is the same on both sides under two ids: of one name in one folder, and both folders, or files of which
 * one can become the other without a loss. Changes the fates of both. A file that was not read yet may be one of a
 * pair: until then both wait.
 */
export function findPairs(
  views: ReadonlyMap<NodeId, NodeView>,
  fates: Fates,
  { restorable }: Pick<PlanOptions, 'restorable'>,
): Pairs {
  const remoteIdOf = new Map<NodeId, NodeId>()
  const localIdOf = new Map<NodeId, NodeId>()
  if (!views.values().some(isLocalOnly) || !views.values().some(isRemoteOnly))
    return { remoteIdOf, localIdOf }
  const localOnly = views.values().filter(isLocalOnly).toArray()
  const remoteOnly = indexRemoteOnly(views)
  for (const view of parentsFirst(localOnly, views)) {
    const { id, local } = view
    if (!local || !isLocalOnly(view)) continue
    const other = remoteOnly(remoteIdOf.get(local.parentId) ?? local.parentId, local.name)
    const found = other?.remote && match(local, other.remote, other.synced !== undefined)
    if (!other || !found) continue
    // It comes out of the server's trash, perhaps by somebody else too: what is in it would be there twice.
    const isReturning = view.synced !== undefined && restorable?.has(id) === true
    if (isReturning && local.kind !== 'folder' && local.content !== other.remote.content) continue
    fates.wait(view, found === 'unread' ? 'unread' : 'next-plan')
    fates.wait(other, 'next-plan')
    if (found === 'unread') continue
    remoteIdOf.set(id, other.id)
    localIdOf.set(other.id, id)
  }
  return { remoteIdOf, localIdOf }
}

/** `wasHere`: the file was on this disk, so that what lies there now is what somebody made of it. */
function match(
  local: LocalEntry,
  remote: RemoteEntry,
  wasHere: boolean,
): 'same' | 'unread' | undefined {
  if (local.kind !== remote.kind) return undefined
  if (local.kind === 'folder') return 'same'
  if (local.content === null) return 'unread'
  if (wasHere || local.content === remote.content) return 'same'
  return remote.isText && local.isText !== false ? 'same' : undefined
}

function isLocalOnly({ fate }: NodeView): boolean {
  return fate === 'to-remote'
}

function isRemoteOnly({ remote, fate }: NodeView): boolean {
  return remote !== undefined && (fate === 'to-local' || isDrop(fate))
}

/** Finds by folder and name what only the server has. */
function indexRemoteOnly(
  views: ReadonlyMap<NodeId, NodeView>,
): (parentId: NodeId, name: string) => NodeView | undefined {
  const byParent = new Map<NodeId, NodeView[]>()
  for (const view of views.values()) {
    if (!view.remote || !isRemoteOnly(view)) continue
    const siblings = byParent.get(view.remote.parentId)
    if (siblings) siblings.push(view)
    else byParent.set(view.remote.parentId, [view])
  }
  const byName = new Map<NodeId, Map<string, NodeView>>()
  return (parentId, name) => {
    const siblings = byParent.get(parentId)
    if (!siblings) return undefined
    let names = byName.get(parentId)
    if (!names) {
      names = new Map()
      for (const view of siblings) names.set(nameKey(view.remote?.name ?? ''), view)
      byName.set(parentId, names)
    }
    const key = nameKey(name)
    const found = names.get(key)
    // Two of the disk may have the same name to the server; only the first is its counterpart.
    if (found) names.delete(key)
    return found
  }
}

function parentsFirst(
  views: readonly NodeView[],
  all: ReadonlyMap<NodeId, NodeView>,
): readonly NodeView[] {
  const depths = new Map<NodeId, number>()
  const depthOf = (start: NodeView): number => {
    const path: NodeView[] = []
    let at: NodeView | undefined = start
    while (at && !at.remote && at.local && !depths.has(at.id)) {
      path.push(at)
      at = all.get(at.local.parentId)
    }
    let depth = at ? (depths.get(at.id) ?? 0) : 0
    for (const { id } of path.reverse()) depths.set(id, ++depth)
    return depths.get(start.id) ?? 0
  }
  return views
    .map((view) => ({ view, depth: depthOf(view) }))
    .sort((one, other) => one.depth - other.depth)
    .map(({ view }) => view)
}
