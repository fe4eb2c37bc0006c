import type { NodeId } from '@cloudsync/protocol'

/** How long a node must have been missing before it counts as removed: it may be on its way to another folder. */
export const goneHoldMs = 2_000

/** `gone`: since when nodes are missing. A clock that was put back begins anew. */
export function isGoneForLong(
  { gone, now }: { readonly gone: ReadonlyMap<NodeId, number>; readonly now: () => number },
  id: NodeId,
): boolean {
  const sinceMs = gone.get(id)
  return sinceMs !== undefined && now() - sinceMs >= goneHoldMs
}
