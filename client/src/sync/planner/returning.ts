import type { NodeId } from '@cloudsync/protocol'
import type { PlanOptions, WaitReason } from '../model/plan.ts'
import type { NodeView } from './differences.ts'
import type { Fates } from './fates.ts'
import type { Targets } from './targets.ts'

/** How what is only on the disk comes to the server, where it is not simply made. */
export type Return = 'restore' | 'renew' | WaitReason

/**
 * What is new is made, and not listed. What the server had comes out of its trash, a folder only if it stays as a whole:
 * one that stays for something in it is made anew, and the rest of it stays in the trash.
 */
export function findReturns(
  views: ReadonlyMap<NodeId, NodeView>,
  fates: Fates,
  targets: Targets,
  options: PlanOptions,
): ReadonlyMap<NodeId, Return> {
  const returns = new Map<NodeId, Return>()
  const mayRestore = ({ id, local, synced }: NodeView): boolean =>
    synced !== undefined &&
    options.restorable?.has(id) === true &&
    (local?.kind !== 'folder' || fates.movedThere.has(id)) &&
    targets.mayMakeIn(targets.at(id)?.parentId ?? options.rootId)
  const comesWithFolder = (view: NodeView): boolean => {
    let above = views.get(view.local?.parentId ?? view.id)
    while (above?.fate === 'to-remote') {
      if (mayRestore(above)) return true
      above = views.get(above.local?.parentId ?? above.id)
    }
    return false
  }
  for (const view of views.values()) {
    const { id, fate } = view
    if (fate !== 'to-remote') continue
    const parentId = targets.at(id)?.parentId ?? options.rootId
    if (view.synced && comesWithFolder(view)) returns.set(id, 'next-plan')
    else if (view.synced) returns.set(id, mayRestore(view) ? 'restore' : 'renew')
    else if (!targets.mayMakeIn(parentId)) returns.set(id, 'read-only')
  }
  return returns
}
