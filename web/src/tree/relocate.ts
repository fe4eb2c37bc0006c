import { freeName, nameKey } from '@cloudsync/crdt'
import type { Node, NodeId } from '@cloudsync/protocol'
import { draftCopy } from './draft-node.ts'
import type { LazyEditor } from './lazy-editor.ts'
import type { SpaceTree } from './space-tree.ts'
import type { Move, TreeCommand } from './tree-command.ts'

/** A folder, in whichever space. */
export interface Target {
  readonly tree: SpaceTree
  readonly folderId: NodeId
}

/** Moves what is not there already. */
export function moveCommand(
  nodes: readonly Node[],
  spaceId: Node['spaceId'],
  folderId: NodeId,
): TreeCommand | undefined {
  const moves = nodes.flatMap((node): Move[] => {
    const { id, parentId: from } = node
    if (from === null || from === folderId) return []
    if (node.spaceId === spaceId) return [{ id, from, to: folderId }]
    const arrival = { ...node, spaceId, parentId: folderId }
    return [{ id, from, to: folderId, crossing: { from: node.spaceId, arrival } }]
  })
  return moves.length === 0 ? undefined : { kind: 'move', moves }
}

/** Copies under free names, as far as the names in the folder are known; the server has the last word. */
function copyCommand(nodes: readonly Node[], { tree, folderId }: Target, now: number): TreeCommand {
  const taken = new Set(tree.store.view(folderId, 'all').nodes.map(({ name }) => nameKey(name)))
  const copies = nodes.map((node) => {
    const name = freeName(node.name, (candidate) => taken.has(nameKey(candidate)))
    taken.add(nameKey(name))
    const draft = draftCopy(node, { spaceId: tree.spaceId, parentId: folderId, name, now })
    return { id: node.id, copyId: draft.id, parentId: folderId, draft }
  })
  return { kind: 'copy', copies, ifTaken: 'rename' }
}

/**
 * Moves or copies nodes, as the person saw them, into a folder. The editor is that of the space that the
 * person is in: there they take it back.
 */
export function relocate(
  editor: LazyEditor,
  nodes: readonly Node[],
  target: Target,
  mode: 'move' | 'copy',
): void {
  const command =
    mode === 'move'
      ? moveCommand(nodes, target.tree.spaceId, target.folderId)
      : copyCommand(nodes, target, Date.now())
  if (command) void editor.do(command)
}
