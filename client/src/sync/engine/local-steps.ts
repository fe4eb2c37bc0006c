import type { NodeId } from '@cloudsync/protocol'
import type { Operation } from '../model/operation.ts'
import type { Fingerprint } from '../model/entry.ts'
import type { WriteIntent } from '../model/intents.ts'
import { done, lookAt } from './disk-outcomes.ts'
import { dropUnsafeLinks } from './link-steps.ts'
import { putInPlace, recordPlace } from './place-intents.ts'
import { diskPathIn, localFile, valueOf, type StepContext } from './step-context.ts'
import { StaleError } from './step-failures.ts'
import { maxTextBytes, withCopy } from './text-bases.ts'
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
  const remote = store.trees.remote.get(id)
  const before = store.trees.local.get(id)
  const isAsSaid = localBase === null ? !before : before?.content === localBase
  if (!isAsSaid || (before && !before.fingerprint))
    throw new StaleError('it has changed on the disk')
  const file = before ? localFile(context, id) : undefined
  const path = file?.path ?? diskPathIn(context, parentId, diskName ?? name)
  const base = file && localBase ? { path: file.path, sha256: localBase } : undefined
  const { content, sha256 } = valueOf(await world.remote.download(id, remoteContent, base))
  const isText = remote?.isText ?? false
  const copied = withCopy(() => content, isText ? maxTextBytes : 0)
  const sizeBytes = remote?.sizeBytes ?? null
  const about = { id, path: path.join('/'), direction: 'down', sizeBytes } as const
  const disk = diskName === undefined ? {} : { diskName }
  const at = before ?? { id, parentId, name, kind: 'file', ...disk }
  // What is replaced keeps its mode here, which may be about to go to the server.
  const { isExecutable } = before ? {} : (remote ?? {})
  const mode = isExecutable === undefined ? {} : { isExecutable }
  const baseBytes = () => (isText ? copied.copy() : undefined)
  let intent: WriteIntent | undefined
  let leave: (() => void) | undefined
  const staged = async (fingerprint: Fingerprint) => {
    leave = await gate.enter()
    intent = { ...at, ...mode, content: sha256, remoteContent, fingerprint }
    await noteWrite(context, intent, baseBytes())
  }
  try {
    // A move of its folder meanwhile would have changed the path; the step's locks prevent it.
    const bytes = transfers.watch(copied.content, about)
    const expected = before?.fingerprint ?? null
    const outcome = await world.disk.write(path, bytes, expected, staged, isExecutable)
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
  const { id, parentId, name, diskName } = operation
  return context.gate.act(async () => {
    await dropUnsafeLinks(context, id, diskPathIn(context, parentId, diskName ?? name))
    await moveOnDisk(context, operation, diskName, undefined)
  })
}

export function keepCopy(context: StepContext, operation: Of<'keep-copy'>): Promise<void> {
  const { id, localContent } = operation
  return context.gate.act(async () => {
    if (context.store.trees.local.get(id)?.content !== localContent)
      throw new StaleError('it has changed on the disk')
    await moveOnDisk(context, operation, undefined, context.world.createId())
  })
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
    const outcome = await context.world.disk.move(path, to, expected)
    const fingerprint = done(context, outcome, path, to)
    if (outcome.isChangedSince) context.suspect(to.slice(0, -1))
    const { diskName: _former, ...rest } = entry
    context.store.transaction((writer) =>
      recordPlace(context, writer, intent, { ...rest, ...at, fingerprint }),
    )
  })
}
