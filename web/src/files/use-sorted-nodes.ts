import type { Node } from '@cloudsync/protocol'
import { useEffect, useMemo, useState } from 'react'
import { resortNodes, type SortedNodes } from './resort-nodes.ts'
import { compareNodes, type SortOrder } from './sort-nodes.ts'

/**
 * A listing in the order that is asked for. A small one, or a large one of which little has changed,
 * at once; otherwise the old order stands for the moment that sorting takes.
 */
export function useSortedNodes(nodes: readonly Node[], order: SortOrder): readonly Node[] {
  const [done, setDone] = useState<SortedNodes>(() => ({ nodes: [], order, sorted: [] }))
  const sorted = useMemo(() => resortNodes(done, nodes, order), [done, nodes, order])

  useEffect(() => {
    if (sorted) {
      setDone((last) => (last.sorted === sorted ? last : { nodes, order, sorted }))
      return undefined
    }
    const controller = new AbortController()
    sortLater(nodes, order, controller.signal).then(
      (result) => setDone({ nodes, order, sorted: result }),
      // Another order, or another listing, is wanted by now.
      () => undefined,
    )
    return () => controller.abort()
  }, [nodes, order, sorted])

  if (sorted) return sorted
  return done.sorted.length > 0 ? done.sorted : nodes
}

/** Few open so large a folder: the code comes with the first. */
async function sortLater(nodes: readonly Node[], order: SortOrder, signal: AbortSignal) {
  const { sortInSlices } = await import('./sort-in-slices.ts')
  return sortInSlices(nodes, compareNodes(order), breathe, signal)
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
