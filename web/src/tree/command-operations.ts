import type { PendingOperation } from './pending-operations.ts'
import type { TreeCommand } from './tree-command.ts'

/** What the page shows before the server has answered. */
export function operationsOf(command: TreeCommand): readonly PendingOperation[] {
  switch (command.kind) {
    case 'create':
      return command.nodes.map((node) => ({ kind: 'create', node }))
    case 'rename':
      return [{ kind: 'rename', id: command.id, name: command.to }]
    case 'move':
      return command.moves.map(({ id, to }) => ({ kind: 'move', id, parentId: to }))
    case 'copy':
      return command.copies.map(({ draft }) => ({ kind: 'create', node: draft }))
    case 'trash':
      return command.ids.map((id) => ({ kind: 'trash', id }))
    case 'untrash':
    case 'restore':
      return command.ids.map((id) => ({ kind: 'restore', id }))
  }
}
