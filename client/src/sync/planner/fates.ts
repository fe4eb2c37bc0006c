import type { NodeId } from '@cloudsync/protocol'
import type { Entry, LocalEntry, SyncedEntry, Trees } from '../model/entry.ts'
import type { PlanOptions, WaitReason } from '../model/plan.ts'
import type { Fate, NodeView } from './differences.ts'
import { isTemporaryName } from './temporary-name.ts'
import type { Zone } from './zones.ts'

/** What becomes of the nodes that differ, as their views have it: a map of it would be one more of a hundred thousand. */
export class Fates {
  readonly views: ReadonlyMap<NodeId, NodeView>
  readonly waiting = new Map<NodeId, WaitReason>()
  /** Gone from one side, and moved or renamed on the other, with all in it that is gone too: it stays as a whole. */
  readonly movedThere: ReadonlySet<NodeId>
  /** Known on both sides as things of different kinds, or under an id that is used up. */
  readonly mistaken = new Set<NodeId>()

  constructor(views: ReadonlyMap<NodeId, NodeView>, movedThere: ReadonlySet<NodeId>) {
    this.views = views
    this.movedThere = movedThere
  }

  of(id: NodeId): Fate | undefined {
    return this.views.get(id)?.fate
  }

  set(id: NodeId, fate: Fate): void {
    const view = this.views.get(id)
    if (view) view.fate = fate
  }

  wait(view: NodeView, reason: WaitReason): void {
    view.fate = 'wait'
    this.waiting.set(view.id, reason)
  }
}

/**
 * The fate of each node by itself. A deletion wins over nothing that its maker had not seen: content that changed on
 * the other side, or a place, keeps the node.
 */
export function findFates(
  views: ReadonlyMap<NodeId, NodeView>,
  zones: ReadonlyMap<NodeId, Zone>,
  trees: Trees,
  options: PlanOptions,
): Fates {
  const fates = new Fates(views, findMoved(views, zones))
  for (const view of views.values()) {
    const { id } = view
    const zone = zones.get(id)
    if (zone) {
      fates.wait(view, zone)
    } else if (isMistaken(view, trees, options)) {
      fates.wait(view, 'next-plan')
      fates.mistaken.add(id)
    } else if (isUnheld(view, options)) {
      fates.wait(view, 'no-links')
    } else {
      view.fate = fateOf(view, fates.movedThere)
      if (view.fate === 'wait') fates.waiting.set(id, 'unread')
    }
  }
  return fates
}

function fateOf({ id, remote, local, synced }: NodeView, movedThere: ReadonlySet<NodeId>): Fate {
  if (remote && local) return 'both'
  if (remote) {
    if (!synced || movedThere.has(id) || !remote.canEdit) return 'to-local'
    return remote.kind !== 'folder' && remote.content !== synced.remoteContent
      ? 'to-local'
      : 'drop-remote'
  }
  if (local) {
    if (!synced || movedThere.has(id)) return 'to-remote'
    if (local.kind === 'folder') return 'drop-local'
    if (local.content === null) return 'wait'
    return isChanged(local, synced) ? 'to-remote' : 'drop-local'
  }
  return 'gone'
}

/** What the disk never had because it cannot, nobody has deleted there. */
function isUnheld({ remote, local }: NodeView, { holdsLinks }: PlanOptions): boolean {
  return remote?.kind === 'symlink' && !local && holdsLinks === false
}

export function isChanged(local: LocalEntry, synced: SyncedEntry): boolean {
  return local.kind !== 'folder' && local.content !== synced.localContent
}

function isMistaken(
  { id, remote, local, synced }: NodeView,
  trees: Trees,
  options: PlanOptions,
): boolean {
  if (!local) return false
  if (remote) return remote.kind !== local.kind
  return !synced && (trees.synced.has(id) || options.restorable?.has(id) === true)
}

/** On one side only, and elsewhere than both had it; with what is in it and is gone from the other side too. */
function findMoved(
  views: ReadonlyMap<NodeId, NodeView>,
  zones: ReadonlyMap<NodeId, Zone>,
): ReadonlySet<NodeId> {
  const known = new Map<NodeId, boolean>()
  for (const view of views.values()) {
    const { id } = view
    // As most that came are.
    if (!view.synced || !lonely(view)) continue
    const path: NodeId[] = []
    let at: NodeId | undefined = id
    let isMoved = false
    while (at !== undefined) {
      const before = known.get(at)
      if (before !== undefined) {
        isMoved = before
        break
      }
      const side: Entry | undefined = lonely(views.get(at))
      const synced: SyncedEntry | undefined = views.get(at)?.synced
      if (!side || !synced || zones.has(at)) break
      path.push(at)
      if (side.parentId !== synced.parentId || isRenamed(side, synced)) {
        isMoved = true
        break
      }
      at = side.parentId
    }
    for (const each of path) known.set(each, isMoved)
  }
  const moved = new Set<NodeId>()
  for (const [id, isMoved] of known) if (isMoved) moved.add(id)
  return moved
}

function isRenamed(side: Entry, synced: SyncedEntry): boolean {
  return side.name !== synced.name && !isTemporaryName(side.name, side.id)
}

/** The entry of a node that is on one side only. */
function lonely(view: NodeView | undefined): Entry | undefined {
  if (view?.remote && view.local) return undefined
  return view?.remote ?? view?.local
}

/**
 * A folder that was to go stays for what stays in it: for that alone. `parentOf` says where a node that stays is going
 * to lie. With something in it of which nothing may be concluded, it waits.
 */
export function keepParents(
  trees: Trees,
  fates: Fates,
  parentOf: (id: NodeId) => NodeId | undefined,
): void {
  if (!fates.views.values().some(({ fate }) => isDrop(fate))) return
  const keep = (start: NodeId | undefined): void => {
    for (let id = start; id !== undefined; id = parentOf(id)) {
      if (!isDrop(fates.of(id)) && fates.waiting.get(id) !== 'not-empty') return
      fates.set(id, trees.remote.has(id) ? 'to-local' : 'to-remote')
      fates.waiting.delete(id)
    }
  }
  for (const id of trees.remote.keys()) if (stays(fates.of(id))) keep(parentOf(id))
  for (const id of trees.local.keys()) if (stays(fates.of(id))) keep(parentOf(id))
  const hold = (start: NodeId | undefined): void => {
    for (let id = start; id !== undefined && isDrop(fates.of(id));) {
      fates.set(id, 'wait')
      fates.waiting.set(id, 'not-empty')
      id = (trees.remote.get(id) ?? trees.local.get(id))?.parentId
    }
  }
  for (const { id, fate } of fates.views.values())
    if (fate === 'wait') {
      hold(trees.remote.get(id)?.parentId)
      hold(trees.local.get(id)?.parentId)
    }
}

export function isDrop(fate: Fate | undefined): boolean {
  return fate === 'drop-remote' || fate === 'drop-local'
}

/** One that does not differ has no fate, and stays. */
export function stays(fate: Fate | undefined): boolean {
  return fate === undefined || fate === 'both' || fate === 'to-local' || fate === 'to-remote'
}
