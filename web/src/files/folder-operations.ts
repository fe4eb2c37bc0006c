import type { Node, NodeId } from '@cloudsync/protocol'

/**
 * What a person has done in a folder and the server has not confirmed. It lies over the listing, so
 * that a listing which was under way meanwhile cannot undo it on the screen; when the server refuses,
 * taking it off the pile is the whole roll-back.
 */
export type FolderOperation =
  | { readonly kind: 'create'; readonly node: Node }
  | { readonly kind: 'rename'; readonly id: NodeId; readonly name: string }
  | { readonly kind: 'remove'; readonly id: NodeId }

export function applyOperations(
  nodes: readonly Node[],
  operations: readonly FolderOperation[],
): readonly Node[] {
  if (operations.length === 0) return nodes
  const created = new Map<NodeId, Node>()
  const names = new Map<NodeId, string>()
  const removed = new Set<NodeId>()
  for (const operation of operations) {
    switch (operation.kind) {
      case 'create':
        created.set(operation.node.id, operation.node)
        break
      case 'rename':
        names.set(operation.id, operation.name)
        break
      case 'remove':
        removed.add(operation.id)
        break
    }
  }
  // What the server lists already is no longer ours to add.
  for (const node of nodes) created.delete(node.id)
  return [...nodes, ...created.values()]
    .filter((node) => !removed.has(node.id))
    .map((node) => {
      const name = names.get(node.id)
      return name === undefined ? node : { ...node, name }
    })
}

/** A listing with one node as the server just answered it. */
export function withNode(nodes: readonly Node[], node: Node): readonly Node[] {
  const index = nodes.findIndex(({ id }) => id === node.id)
  return index < 0 ? [...nodes, node] : nodes.with(index, node)
}

/**
 * A fresh listing with the old objects wherever nothing has changed, so that rows which are the same
 * are not drawn again.
 */
export function keepUnchanged(
  before: readonly Node[] | undefined,
  after: readonly Node[],
): readonly Node[] {
  if (!before) return after
  const known = new Map(before.map((node) => [node.id, node]))
  let isSame = before.length === after.length
  const merged = after.map((node, index) => {
    const old = known.get(node.id)
    const kept = old && isUnchanged(old, node) ? old : node
    isSame &&= kept === before[index]
    return kept
  })
  return isSame ? before : merged
}

function isUnchanged(a: Node, b: Node): boolean {
  return (
    a.name === b.name &&
    a.updatedAt === b.updatedAt &&
    a.sizeBytes === b.sizeBytes &&
    a.parentId === b.parentId &&
    a.updatedBy?.name === b.updatedBy?.name
  )
}
