import type { Node } from '@cloudsync/protocol'
import { insertSorted } from './insert-sorted.ts'
import { compareNodes, sortNodes, type SortOrder } from './sort-nodes.ts'

/** A listing in the order in which it is shown. */
export interface SortedNodes {
  readonly nodes: readonly Node[]
  readonly order: SortOrder
  readonly sorted: readonly Node[]
}

/** What can be sorted within a frame or so. */
const atOnce = 3_000

/**
 * A listing in its order, worked out from how it was sorted before where that is cheap; `undefined`
 * when it is much work, and should be done in slices.
 */
export function resortNodes(
  before: SortedNodes,
  nodes: readonly Node[],
  order: SortOrder,
): readonly Node[] | undefined {
  const isSameOrder = before.order.sort === order.sort && before.order.dir === order.dir
  if (isSameOrder && before.nodes === nodes) return before.sorted
  if (nodes.length <= atOnce) return sortNodes(nodes, order)
  if (!isSameOrder) return undefined
  const known = new Set(before.sorted)
  const changed = nodes.filter((node) => !known.has(node))
  if (changed.length > atOnce) return undefined
  const present = new Set(nodes)
  const kept = before.sorted.filter((node) => present.has(node))
  return insertSorted(kept, changed, compareNodes(order))
}
