import { freeName, nameKey } from '@cloudsync/crdt'
import type { Node, NodeId } from '@cloudsync/protocol'
import { draftCopy } from './draft-node.ts'
import type { LazyEditor } from './lazy-editor.ts'
import type { SpaceTree } from './space-tree.ts'
import type { Move, TreeCommand } from './tree-command.ts'

/** Moves what is not there already. */
function moveCommand(nodes: readonly Node[], targetId: NodeId): TreeCommand | undefined {
  const moves = nodes.flatMap(({ id, parentId: from }): Move[] =>
    from === null || from === targetId ? [] : [{ id, from, to: targetId }],
  )
  return moves.length === 0 ? undefined : { kind: 'move', moves }
}

/** Copies under free names, as far as the names in the folder are known; the server has the last word. */
export function copyCommand(
  tree: SpaceTree,
  nodes: readonly Node[],
  targetId: NodeId,
  now: number,
): TreeCommand {
  const taken = new Set(tree.store.view(targetId, 'all').nodes.map(({ name }) => nameKey(name)))
  const copies = nodes.map((node) => {
    const name = freeName(node.name, (candidate) => taken.has(nameKey(candidate)))
    taken.add(nameKey(name))
    const draft = draftCopy(node, { parentId: targetId, name, now })
    return { id: node.id, copyId: draft.id, parentId: targetId, draft }
  })
  return { kind: 'copy', copies, ifTaken: 'rename' }
}

/** Moves or copies nodes, as the person saw them, into a folder. */
export function relocate(
  { tree, editor }: { readonly tree: SpaceTree; readonly editor: LazyEditor },
  nodes: readonly Node[],
  folderId: NodeId,
  mode: 'move' | 'copy',
): void {
  const command =
    mode === 'move' ? moveCommand(nodes, folderId) : copyCommand(tree, nodes, folderId, Date.now())
  if (command) void editor.do(command)
}
