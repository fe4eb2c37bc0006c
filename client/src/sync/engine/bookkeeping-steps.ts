import type { NodeId } from '@cloudsync/protocol'
import type { Entry } from '../model/entry.ts'
import type { Operation } from '../model/operation.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import type { StepContext } from './step-context.ts'

/** Steps that change what is known and nothing in the world, all in one transaction. */
export function keepBooks(context: StepContext, operations: readonly Operation[]): void {
  const { store } = context
  store.transaction((writer) => {
    for (const operation of operations)
      if (operation.kind === 'settle') writer.putSynced(operation.synced)
      else if (operation.kind === 'forget') {
        writer.removeSynced(operation.id)
        if (!store.trees.local.has(operation.id)) writer.removeText(operation.id)
        writer.removeSend(operation.id)
      }
  })
  // These build on each other.
  for (const operation of operations)
    if (operation.kind === 'adopt' || operation.kind === 'renew')
      store.transaction((writer) => rename(context, writer, operation))
}

function rename(
  context: StepContext,
  writer: StoreWriter,
  operation: Extract<Operation, { kind: 'adopt' | 'renew' }>,
): void {
  const { local, synced } = context.store.trees
  const { id } = operation
  const to = operation.kind === 'adopt' ? operation.as : context.world.createId()
  const entry = local.get(id)
  // An id can have but one node.
  if (!entry || local.has(to)) return
  writer.removeLocal(id)
  writer.putLocal({ ...entry, id: to })
  for (const child of childrenOf(local, id)) writer.putLocal({ ...child, parentId: to })
  for (const child of childrenOf(synced, id)) writer.putSynced({ ...child, parentId: to })
  const { sends, writes, places } = context.store
  for (const sent of childrenOf(sends, id)) writer.putSend({ ...sent, parentId: to })
  for (const intent of childrenOf(writes, id))
    writer.putWrite({ ...intent, parentId: to }, context.store.findWriteBase(intent.id))
  for (const intent of childrenOf(places, id)) writer.putPlace({ ...intent, parentId: to })
  writer.removeSynced(id)
  writer.removeText(id)
  writer.removeSend(id)
  writer.removeWrite(id)
  writer.removePlace(id)
}

function childrenOf<E extends Pick<Entry, 'parentId'>>(
  tree: ReadonlyMap<NodeId, E>,
  parentId: NodeId,
): E[] {
  return [...tree.values()].filter((entry) => entry.parentId === parentId)
}
