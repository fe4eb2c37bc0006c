import type { NodeId } from '@cloudsync/protocol'
import type { Operation } from '../model/operation.ts'
import type { LocalEntry, SyncedEntry } from '../model/entry.ts'
import { isChanged } from '../planner/fates.ts'
import { isTemporaryName } from '../planner/temporary-name.ts'
import { done, lookAt } from './disk-outcomes.ts'
import { localFile, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'
import { childrenByParent } from './tree-paths.ts'

type Of<K extends Operation['kind']> = Extract<Operation, { kind: K }>

/** Children first, so that nothing goes that was not seen. */
export function trashLocal(
  context: StepContext,
  operation: Of<'trash-local'> | Of<'dehydrate'>,
): Promise<void> {
  return context.gate.act(async () => {
    const { store } = context
    const expected = new Set<NodeId>([...operation.below, operation.id])
    requireAsPlanned(context, operation, expected)
    const isDehydrated = operation.kind === 'dehydrate'
    // A folder that is chosen again before the next plan must not be taken for one that somebody deleted here.
    store.transaction(
      (writer) => {
        for (const id of expected)
          if (isDehydrated) writer.removeSynced(id)
          else writer.setTrashing(id, true)
      },
      { isDurable: isDehydrated },
    )
    try {
      for (const id of expected) if (store.trees.local.has(id)) await trashOne(context, id)
    } finally {
      const left = [...expected].filter((id) => store.trashing.has(id))
      if (left.length > 0)
        store.transaction((writer) => {
          for (const id of left) writer.setTrashing(id, false)
        })
    }
  })
}

/** It is gone on the disk before it is in the tree: a crash leaves that to the next look. */
export async function trashOne(context: StepContext, id: NodeId): Promise<void> {
  const { entry, path } = localFile(context, id)
  const fingerprint = entry.fingerprint ?? (await lookAt(context, path))
  const ignored = entry.kind === 'folder' ? context.ignoredIn(path) : undefined
  const outcome = await context.world.disk.trash(path, fingerprint, ignored)
  if (outcome.kind === 'changed' && entry.kind === 'folder') context.suspect(path)
  done(context, outcome, path)
  context.store.transaction((writer) => {
    writer.removeLocal(id)
    // Nothing is agreed on any more: what comes back on the server is new to this disk.
    writer.removeSynced(id)
    writer.removeText(id)
    writer.setTrashing(id, false)
    writer.setApproved(id, 'local', false)
  })
}

/** A look at either side since the plan was made may have found that somebody went on with it. */
function requireAsPlanned(
  { store }: StepContext,
  operation: Of<'trash-local'> | Of<'dehydrate'>,
  expected: ReadonlySet<NodeId>,
): void {
  const { local, synced, remote } = store.trees
  const children = childrenByParent(local)
  for (const id of expected) {
    for (const child of children.get(id) ?? [])
      if (!expected.has(child.id)) throw new StaleError('there is something else in it')
    if (!isAsAgreed(local.get(id), synced.get(id)))
      throw new StaleError('it has changed on the disk')
    if (operation.kind === 'trash-local' && remote.has(id))
      throw new StaleError('it is on the server again')
  }
}

function isAsAgreed(local: LocalEntry | undefined, synced: SyncedEntry | undefined): boolean {
  if (!local) return true
  if (!synced || synced.kind !== local.kind || synced.parentId !== local.parentId) return false
  const isThere = local.name === synced.name || isTemporaryName(local.name, local.id)
  return isThere && !isChanged(local, synced)
}
