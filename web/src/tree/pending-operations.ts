import type { Node, NodeId } from '@cloudsync/protocol'

/**
 * What a person has done and the server has not confirmed. It lies over what the server has said; when
 * the server refuses, taking it off the pile is the whole roll-back.
 */
export type PendingOperation =
  | { readonly kind: 'create'; readonly node: Node }
  | { readonly kind: 'rename'; readonly id: NodeId; readonly name: string }
  | { readonly kind: 'move'; readonly id: NodeId; readonly parentId: NodeId }
  | { readonly kind: 'trash'; readonly id: NodeId }
  | { readonly kind: 'restore'; readonly id: NodeId }

/** How nodes look with the pile over them; only those that an operation is about. */
export type Overlay = ReadonlyMap<NodeId, Node>

export const noOverlay: Overlay = new Map()

/** Folds the pile, oldest first, over what is confirmed. */
export function foldOperations(
  operations: Iterable<PendingOperation>,
  confirmed: (id: NodeId) => Node | undefined,
  trashedAt: string,
): Overlay {
  const overlay = new Map<NodeId, Node>()
  for (const operation of operations) {
    const id = operation.kind === 'create' ? operation.node.id : operation.id
    const base = overlay.get(id) ?? confirmed(id)
    const node = applyOperation(operation, base, trashedAt)
    if (node) overlay.set(id, node)
  }
  return overlay
}

function applyOperation(
  operation: PendingOperation,
  base: Node | undefined,
  trashedAt: string,
): Node | undefined {
  // What the server has named already is no longer ours to add.
  if (operation.kind === 'create') return base ?? operation.node
  if (!base) return undefined
  switch (operation.kind) {
    case 'rename':
      return { ...base, name: operation.name }
    case 'move':
      return { ...base, parentId: operation.parentId }
    case 'trash':
      return { ...base, trashedAt }
    case 'restore':
      return { ...base, trashedAt: null }
  }
}

export function nodeOf(operation: PendingOperation): NodeId {
  return operation.kind === 'create' ? operation.node.id : operation.id
}
