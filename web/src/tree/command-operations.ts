import type { PendingOperation } from './pending-operations.ts'
import type { TreeCommand } from './tree-command.ts'

/** What the page shows before the server has answered; what is created, only in its own space. */
export function operationsOf(command: TreeCommand): readonly PendingOperation[] {
  switch (command.kind) {
    case 'create':
      return command.nodes.map((node) => ({ kind: 'create', node }))
    case 'rename':
      return [{ kind: 'rename', id: command.id, name: command.to }]
    case 'move':
      return command.moves.flatMap(({ id, to, crossing }): PendingOperation[] => [
        { kind: 'move', id, parentId: to },
        ...(crossing ? [{ kind: 'create', node: crossing.arrival } as const] : []),
      ])
    case 'copy':
      return command.copies.map(({ draft }) => ({ kind: 'create', node: draft }))
    case 'trash':
      return command.ids.map((id) => ({ kind: 'trash', id }))
    case 'untrash':
    case 'restore':
      return command.ids.map((id) => ({ kind: 'restore', id }))
  }
}
