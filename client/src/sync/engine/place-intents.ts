import type { NodeId } from '@cloudsync/protocol'
import { diskNameOf, type LocalEntry } from '../model/entry.ts'
import type { PlaceIntent } from '../model/intents.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import { syncedWith, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'

/**
 * Notes where a node is about to be put, so that what lies there is known again whenever the process dies. `put` records
 * that it was.
 */
export async function putInPlace(
  { store }: Pick<StepContext, 'store'>,
  intent: Omit<PlaceIntent, 'isShared'>,
  put: (intent: PlaceIntent) => Promise<void>,
): Promise<void> {
  const { id, parentId, name } = intent
  const remote = store.trees.remote.get(id)
  const isShared = remote?.parentId === parentId && remote.name === name
  const noted = { ...intent, isShared }
  store.transaction((writer) => writer.putPlace(noted))
  try {
    await put(noted)
  } catch (error) {
    // After any other failure nobody knows where it is, until somebody looks.
    if (error instanceof StaleError) store.transaction((writer) => writer.removePlace(id))
    throw error
  }
}

/** It lies there, and nobody has to be told so. */
export function recordPlace(
  context: Pick<StepContext, 'store'>,
  writer: StoreWriter,
  { id, parentId, name, kind, isShared, copyId }: PlaceIntent,
  entry: LocalEntry,
): void {
  const known = context.store.trees.synced.get(id)
  writer.removePlace(id)
  if (copyId !== undefined) {
    writer.removeLocal(id)
    writer.removeSynced(id)
    writer.removeText(id)
    writer.putLocal({ ...entry, id: copyId })
    return
  }
  writer.putLocal(entry)
  if (!isShared) return
  if (known) writer.putSynced({ ...known, parentId, name })
  else if (kind === 'folder')
    writer.putSynced(syncedWith(context, id, { parentId, name, kind }, {}))
}

/** What a look at the disk has found; `undefined`: it is not there. */
export type FindFound = (id: NodeId) => LocalEntry | undefined

/** Records what a look at the disk has found of nodes of which nobody recorded where they were put. */
export function settlePlaces(
  context: Pick<StepContext, 'store'>,
  writer: StoreWriter,
  find: FindFound,
  isAllSeen: boolean,
): void {
  const { places, trees } = context.store
  for (const intent of places.values()) {
    const { id, parentId, name, diskName } = intent
    const entry = find(id)
    const before = trees.local.get(id)
    const isThere = entry?.parentId === parentId && diskNameOf(entry) === diskNameOf(intent)
    if (entry && isThere) {
      const { diskName: _former, ...rest } = entry
      const called = diskName === undefined ? { name } : { name, diskName }
      recordPlace(context, writer, intent, { ...rest, ...called })
    } else if (entry && before && intent.copyId === undefined && isElsewhere(entry, before)) {
      // Somebody has moved it on.
      recordPlace(context, writer, intent, entry)
    } else if (isAllSeen) writer.removePlace(id)
  }
}

function isElsewhere(entry: LocalEntry, before: LocalEntry): boolean {
  return entry.parentId !== before.parentId || diskNameOf(entry) !== diskNameOf(before)
}
