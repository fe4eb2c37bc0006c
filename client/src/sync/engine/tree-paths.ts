import type { NodeId } from '@cloudsync/protocol'
import type { Entry, Tree } from '../model/entry.ts'
import type { DiskPath } from '../ports.ts'

/** Deeper than any disk or server allows; a chain that is longer goes in a circle. */
const maxDepth = 1000

/** The names down to an entry; `undefined` where the tree does not lead from the linked folder to it. */
export function pathOf<E extends Entry>(
  tree: Tree<E>,
  rootId: NodeId,
  id: NodeId,
): DiskPath | undefined {
  const names: string[] = []
  for (let at = id; at !== rootId;) {
    const entry = tree.get(at)
    if (!entry || names.length > maxDepth) return undefined
    names.push(entry.name)
    at = entry.parentId
  }
  return names.toReversed()
}

export function childrenByParent<E extends Entry>(
  tree: ReadonlyMap<NodeId, E | undefined>,
): Map<NodeId, E[]> {
  const children = new Map<NodeId, E[]>()
  for (const entry of tree.values()) {
    if (!entry) continue
    const siblings = children.get(entry.parentId)
    if (siblings) siblings.push(entry)
    else children.set(entry.parentId, [entry])
  }
  return children
}
