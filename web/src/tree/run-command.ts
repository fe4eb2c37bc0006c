import type { Node } from '@cloudsync/protocol'
import { operationsOf } from './command-operations.ts'
import type { PendingOperation } from './pending-operations.ts'
import { sendCommand } from './send-command.ts'
import type { SpaceTree } from './space-tree.ts'
import type { Outcome, TreeCommand } from './tree-command.ts'

/**
 * Shows a command at once, in all open spaces that it concerns, sends it after the ones before it, and
 * takes over what came of it.
 */
export async function runCommand(tree: SpaceTree, command: TreeCommand): Promise<Outcome> {
  const operations = operationsOf(command)
  const concerned = tree
    .openTrees()
    .filter((each) => each === tree || operations.some((operation) => isAbout(each, operation)))
  const settle = concerned.map((each) =>
    each.store.overlay(operations.filter((operation) => isAbout(each, operation))),
  )
  const outcome = Promise.all(concerned.map(({ lane }) => lane)).then(() =>
    sendCommand(tree.api, command),
  )
  for (const each of concerned) each.lane = outcome.catch(() => undefined)
  try {
    const { done } = await outcome
    for (const each of concerned) takeOver(each, done)
    return await outcome
  } finally {
    for (const end of settle) end()
  }
}

function isAbout({ store, spaceId }: SpaceTree, operation: PendingOperation): boolean {
  return operation.kind === 'create'
    ? operation.node.spaceId === spaceId
    : store.node(operation.id) !== undefined
}

/** Numbers of changes count within a space: what has left it cannot be compared with what was here. */
function takeOver({ store, spaceId }: SpaceTree, nodes: readonly Node[]): void {
  store.put(nodes.filter((node) => node.spaceId === spaceId))
  for (const node of nodes) if (node.spaceId !== spaceId) store.forget(node.id)
}
