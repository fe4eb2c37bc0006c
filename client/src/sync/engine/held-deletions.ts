import type { NodeId } from '@cloudsync/protocol'
import type { HeldDeletions } from '../model/plan.ts'
import type { SyncStore } from '../store/sync-store.ts'

type Held = Pick<HeldDeletions, 'side' | 'ids'>

/** These may be deleted although they are many. */
export function approveDeletions(store: SyncStore, { side, ids }: Held): void {
  store.transaction((writer) => {
    for (const id of ids) writer.setApproved(id, side, true)
  })
}

/** Without what both sides agreed on, what is left on the other side is new, and comes back. */
export function rejectDeletions(store: SyncStore, { side, ids }: Held): void {
  const { synced } = store.trees
  const roots = new Set(ids)
  const isBelow = (id: NodeId): boolean => {
    for (let at: NodeId | undefined = id; at !== undefined; at = synced.get(at)?.parentId)
      if (roots.has(at)) return true
    return false
  }
  const forgotten = [...synced.keys()].filter(isBelow)
  store.transaction((writer) => {
    for (const id of forgotten) writer.removeSynced(id)
    for (const id of ids) writer.setApproved(id, side, false)
  })
}
