import type { NodeId } from '@cloudsync/protocol'

/** How long a node must have been missing before it counts as removed: it may be on its way to another folder. */
export const goneHoldMs = 2_000

/**
 * How long while a folder cannot be read, where it may be. Not for ever: there are folders that nobody can ever read, and
 * what is deleted beside them has to go.
 */
export const hiddenHoldMs = 600_000

/** `gone`: since when nodes are missing. A clock that was put back begins anew. */
export function isGoneForLong(
  { gone, now }: { readonly gone: ReadonlyMap<NodeId, number>; readonly now: () => number },
  id: NodeId,
  holdMs = goneHoldMs,
): boolean {
  const sinceMs = gone.get(id)
  return sinceMs !== undefined && now() - sinceMs >= holdMs
}
