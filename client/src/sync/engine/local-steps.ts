import type { NodeId } from '@cloudsync/protocol'
import type { Operation } from '../model/operation.ts'
import type { Fingerprint, LocalEntry, SyncedEntry } from '../model/entry.ts'
import type { WriteIntent } from '../model/intents.ts'
import { isChanged } from '../planner/fates.ts'
import { isTemporaryName } from '../planner/temporary-name.ts'
import type { DiskOutcome, DiskPath } from '../ports.ts'
import { putInPlace, recordPlace } from './place-intents.ts'
import { diskPathIn, localFile, valueOf, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'
import { maxTextBytes, withCopy } from './text-bases.ts'
import { childrenByParent } from './tree-paths.ts'
import { noteWrite, recordWrite } from './write-intents.ts'

type Of<K extends Operation['kind']> = Extract<Operation, { kind: K }>

export function createLocalFolder(
  context: StepContext,
  operation: Of<'create-local-folder'>,
): Promise<void> {
  const { id, parentId, name, diskName } = operation
  const disk = diskName === undefined ? {} : { diskName }
  const at = { id, parentId, name, kind: 'folder', ...disk } as const
  return context.gate.act(() =>
    putInPlace(context, at, async (intent) => {
      const path = diskPathIn(context, parentId, diskName ?? name)
      const fingerprint = done(context, await context.world.disk.makeFolder(path), path)
      const entry = { ...at, content: null, fingerprint }
      context.store.transaction((writer) => recordPlace(context, writer, intent, entry))
    }),
  )
}

/** Of what is no text; texts are fetched with what it takes to merge them. */
export async function download(context: StepContext, operation: Of<'download'>): Promise<void> {
  const { id, parentId, name, diskName, remoteContent, localBase } = operation
  const { world, store, gate, transfers } = context
  const before = store.trees.local.get(id)
  const isAsSaid = localBase === null ? !before : before?.content === localBase
  if (!isAsSaid || (before && !before.fingerprint))
    throw new StaleError('it has changed on the disk')
  const file = before ? localFile(context, id) : undefined
  const path = file?.path ?? diskPathIn(context, parentId, diskName ?? name)
  const base = file && localBase ? { path: file.path, sha256: localBase } : undefined
  const { content, sha256 } = valueOf(await world.remote.download(id, remoteContent, base))
  const isText = store.trees.remote.get(id)?.isText ?? false
  const copied = withCopy(() => content, isText ? maxTextBytes : 0)
  const sizeBytes = store.trees.remote.get(id)?.sizeBytes ?? null
  const about = { id, path: path.join('/'), direction: 'down', sizeBytes } as const
  const disk = diskName === undefined ? {} : { diskName }
  const at = before ?? { id, parentId, name, kind: 'file', ...disk }
  const baseBytes = () => (isText ? copied.copy() : undefined)
  let intent: WriteIntent | undefined
  let leave: (() => void) | undefined
  const staged = async (fingerprint: Fingerprint) => {
    leave = await gate.enter()
    intent = { ...at, content: sha256, remoteContent, fingerprint }
    await noteWrite(context, intent, baseBytes())
  }
  try {
    // A move of its folder meanwhile would have changed the path; the step's locks prevent it.
    const bytes = transfers.watch(copied.content, about)
    const outcome = await world.disk.write(path, bytes, before?.fingerprint ?? null, staged)
    const fingerprint = done(context, outcome, path)
    await store.writeTogether((writer) => {
      writer.putLocal({ ...at, content: sha256, fingerprint })
      if (intent) recordWrite(context, writer, intent, baseBytes())
    })
  } finally {
    leave?.()
  }
}

export function moveLocal(context: StepContext, operation: Of<'move-local'>): Promise<void> {
  return context.gate.act(() => moveOnDisk(context, operation, operation.diskName, undefined))
}

export function keepCopy(context: StepContext, operation: Of<'keep-copy'>): Promise<void> {
  const { id, localContent } = operation
  return context.gate.act(async () => {
    if (context.store.trees.local.get(id)?.content !== localContent)
      throw new StaleError('it has changed on the disk')
    await moveOnDisk(context, operation, undefined, context.world.createId())
  })
}

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
async function trashOne(context: StepContext, id: NodeId): Promise<void> {
  const { entry, path } = localFile(context, id)
  const fingerprint = entry.fingerprint ?? (await lookAt(context, path))
  const outcome = await context.world.disk.trash(path, fingerprint)
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

async function moveOnDisk(
  context: StepContext,
  operation: Of<'move-local'> | Of<'keep-copy'>,
  diskName: string | undefined,
  copyId: NodeId | undefined,
): Promise<void> {
  const { id, parentId, name, seen } = operation
  const { entry, path } = localFile(context, id)
  if (entry.parentId !== seen.parentId || entry.name !== seen.name)
    throw new StaleError('it lies somewhere else on the disk')
  const to = diskPathIn(context, parentId, diskName ?? name)
  const expected = entry.fingerprint ?? (await lookAt(context, path))
  const disk = diskName === undefined ? {} : { diskName }
  const copy = copyId === undefined ? {} : { copyId }
  const at = { id, kind: entry.kind, parentId, name, ...disk }
  await putInPlace(context, { ...at, ...copy }, async (intent) => {
    const fingerprint = done(context, await context.world.disk.move(path, to, expected), path, to)
    const { diskName: _former, ...rest } = entry
    context.store.transaction((writer) =>
      recordPlace(context, writer, intent, { ...rest, ...at, fingerprint }),
    )
  })
}

async function lookAt(context: StepContext, path: DiskPath): Promise<Fingerprint> {
  const item = await context.world.disk.look(path)
  if (item) return item.fingerprint
  context.suspect(path.slice(0, -1))
  throw new StaleError('it is not on the disk any more')
}

export function done<T>(
  context: StepContext,
  outcome: DiskOutcome<T>,
  ...paths: readonly DiskPath[]
): T {
  if (outcome.kind === 'done') return outcome.value
  for (const path of paths) context.suspect(path.slice(0, -1))
  throw new StaleError('it has changed on the disk')
}
