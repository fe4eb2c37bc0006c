import type { NodeId } from '@cloudsync/protocol'
import { diskNameOf } from '../model/entry.ts'
import type { SendIntent } from '../model/intents.ts'
import type { Operation } from '../model/operation.ts'
import type { TrashItem } from '../ports.ts'
import { operationId } from './operation-id.ts'
import { noteSends } from './send-intents.ts'
import { diskPathOf, valueOf, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'

type TrashRemote = Extract<Operation, { kind: 'trash-remote' }>

/** Moves what is gone from the disk into the server's trash. One outcome each: what it failed by, or `undefined`. */
export async function trashRemote(
  context: StepContext,
  operations: readonly TrashRemote[],
): Promise<readonly unknown[]> {
  const failures = new Map<TrashRemote, unknown>()
  for (const operation of operations)
    if (await isBack(context, operation))
      failures.set(operation, new StaleError('it is on the disk again'))
  const gone = operations.filter((operation) => !failures.has(operation))
  if (gone.length > 0) await trashGone(context, gone, failures)
  return operations.map((operation) => failures.get(operation))
}

async function trashGone(
  context: StepContext,
  operations: readonly TrashRemote[],
  failures: Map<TrashRemote, unknown>,
): Promise<void> {
  const { store, world, linkId } = context
  const items = operations.map(({ id, seq, below }): TrashItem => ({ id, seq, below }))
  const key = operationId(linkId, 'trash-remote', JSON.stringify(items))
  await noteSends(
    store,
    items.flatMap((item) => intentsOf(context, item, key)),
  )
  const { results, batchId } = await world.remote.trash(items, key)
  store.transaction((writer) => {
    for (const [index, operation] of operations.entries()) {
      const outcome = results[index]
      const ids = [operation.id, ...operation.below.map(({ id }) => id)]
      for (const id of ids) writer.removeSend(id)
      try {
        if (!outcome) throw new StaleError('the server did not answer for it')
        valueOf(outcome)
        for (const id of ids) {
          writer.removeRemote(id)
          writer.setTrashed(id, true)
          writer.setApproved(id, 'remote', false)
          // Nothing is agreed on any more: what comes back on a side is new to the other.
          writer.removeSynced(id)
          if (!store.trees.local.has(id)) writer.removeText(id)
        }
      } catch (error) {
        failures.set(operation, error)
      }
    }
    if (batchId !== undefined) writer.setSetting('lastTrashBatch', batchId)
  })
}

function intentsOf(
  { store }: StepContext,
  { id, seq, below }: TrashItem,
  key: string,
): readonly SendIntent[] {
  return [{ id, seq }, ...below].flatMap((item) => {
    const synced = store.trees.synced.get(item.id)
    if (!synced) return []
    const { parentId, name, kind } = synced
    const nothing = { content: null, remoteBase: null }
    return { id: item.id, parentId, name, kind, ...nothing, operationId: key, trashedSeq: item.seq }
  })
}

/** Since the plan was made, somebody has put it, or something in it, back where it was. */
async function isBack(context: StepContext, { id, below }: TrashRemote): Promise<boolean> {
  const { store, rootId, world } = context
  const { local, synced } = store.trees
  if ([id, ...below.map((item) => item.id)].some((each) => local.has(each))) return true
  const agreed = synced.get(id)
  const folder = agreed && (agreed.parentId === rootId ? [] : diskPathOf(context, agreed.parentId))
  if (!agreed || !folder) return false
  const item = await world.disk.look([...folder, agreed.name])
  if (item?.kind !== agreed.kind || isKnownAt(context, agreed.parentId, item.name)) return false
  context.suspect(folder)
  return true
}

function isKnownAt({ store }: StepContext, parentId: NodeId, diskName: string): boolean {
  for (const entry of store.trees.local.values())
    if (entry.parentId === parentId && diskNameOf(entry) === diskName) return true
  return false
}
