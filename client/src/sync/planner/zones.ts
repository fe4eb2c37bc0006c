import type { NodeId } from '@cloudsync/protocol'
import type { Entry, Tree, Trees } from '../model/entry.ts'
import type { PlanOptions } from '../model/plan.ts'

export type Zone = 'unreadable' | 'ignored' | 'unselected' | 'no-parent'

/**
 * The nodes that are not for the planner to decide about, and why. What lies below such a node in any of the three
 * trees is like it: a node on its way in or out is left alone too. Of two reasons the first counts.
 */
export function findZones(trees: Trees, options: PlanOptions): ReadonlyMap<NodeId, Zone> {
  const zones = new Map<NodeId, Zone>()
  const roots: [Zone, Iterable<NodeId>][] = [
    ['unreadable', options.unreadable ?? []],
    ['ignored', options.ignored ?? []],
    ['no-parent', listUnrooted(trees.remote, options.rootId)],
    ['no-parent', listUnrooted(trees.local, options.rootId)],
    ['unselected', options.unselected ?? []],
  ]
  let below: ReadonlyMap<NodeId, readonly NodeId[]> | undefined
  for (const [zone, ids] of roots)
    for (const id of ids) {
      below ??= childrenInAny(trees)
      mark(zones, zone, id, below)
    }
  return zones
}

function mark(
  zones: Map<NodeId, Zone>,
  zone: Zone,
  root: NodeId,
  below: ReadonlyMap<NodeId, readonly NodeId[]>,
): void {
  const open = [root]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (zones.has(id)) continue
    zones.set(id, zone)
    for (const child of below.get(id) ?? []) open.push(child)
  }
}

function childrenInAny(trees: Trees): Map<NodeId, NodeId[]> {
  const below = new Map<NodeId, NodeId[]>()
  for (const tree of [trees.remote, trees.local, trees.synced] as readonly Tree<Entry>[])
    for (const { id, parentId } of tree.values()) {
      const children = below.get(parentId)
      if (children) children.push(id)
      else below.set(parentId, [id])
    }
  return below
}

/** What does not lie below the linked folder: its parent is not there, is no folder, or lies below it. */
function listUnrooted(tree: Tree<Entry>, rootId: NodeId): Set<NodeId> {
  const rootedFolders = new Set<NodeId>([rootId])
  const unrooted = new Set<NodeId>()
  for (const start of tree.values()) {
    // As it is for nearly all: a map holds a folder before what is in it.
    if (rootedFolders.has(start.parentId)) {
      if (start.kind === 'folder') rootedFolders.add(start.id)
      continue
    }
    const path: Entry[] = []
    const seen = new Set<NodeId>()
    let at: Entry | undefined = start
    while (at && !rootedFolders.has(at.parentId) && !seen.has(at.id) && !unrooted.has(at.id)) {
      path.push(at)
      seen.add(at.id)
      const parent = tree.get(at.parentId)
      at = parent?.kind === 'folder' ? parent : undefined
    }
    const isRooted = at !== undefined && rootedFolders.has(at.parentId)
    if (isRooted && at) path.push(at)
    for (const { id, kind } of path)
      if (!isRooted) unrooted.add(id)
      else if (kind === 'folder') rootedFolders.add(id)
  }
  return unrooted
}
