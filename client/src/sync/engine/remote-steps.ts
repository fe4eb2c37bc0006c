import { maxTextBytes, withCopy } from './text-bases.ts'
import type { Operation } from '../model/operation.ts'
import type { RemoteEntry } from '../model/entry.ts'
import type { RemoteFile, RemotePlace, TrashItem } from '../ports.ts'
import { putBase } from './text-bases.ts'
import {
  idOfOperation,
  localFile,
  syncedWith,
  takeAnswer,
  valueOf,
  type StepContext,
} from './step-context.ts'
import { operationId } from './operation-id.ts'
import { StaleError } from './step-failures.ts'

type Of<K extends Operation['kind']> = Extract<Operation, { kind: K }>

export async function createRemoteFolder(
  context: StepContext,
  operation: Of<'create-remote-folder'>,
): Promise<void> {
  const { id, parentId, name } = operation
  const { entry } = valueOf(
    await context.world.remote.createFolder(
      { id, parentId, name },
      idOfOperation(context, operation.kind, id, parentId, name),
    ),
  )
  context.store.transaction((writer) => {
    takeAnswer(context, writer, entry)
    writer.putSynced(syncedWith(context, id, { parentId, name, kind: 'folder' }, {}))
  })
}

export interface PreparedUpload {
  readonly operation: Of<'upload-new'>
  readonly file: RemoteFile & RemotePlace
  /** The bytes, when they have been sent and are few enough to be a text. */
  readonly copy: () => Uint8Array | undefined
}

/** Throws `StaleError` where the disk has something else than what the plan was made of. */
export function prepareUpload(context: StepContext, operation: Of<'upload-new'>): PreparedUpload {
  const { id, parentId, name, localContent } = operation
  const { file, copy } = fileOf(context, operation.id, localContent)
  return { operation, file: { ...file, id, parentId, name }, copy }
}

/** One outcome each: what it failed by, or `undefined`. */
export async function uploadNew(
  context: StepContext,
  uploads: readonly PreparedUpload[],
): Promise<readonly unknown[]> {
  const [first] = uploads
  if (!first) return []
  const intents = uploads.map(({ operation }) => [
    operation.id,
    operation.parentId,
    operation.name,
    operation.localContent,
  ])
  const outcomes = await context.world.remote.upload(
    uploads.map(({ file }) => file),
    operationId(context.linkId, 'upload-new', ...intents.flat()),
  )
  const failures: unknown[] = []
  context.store.transaction((writer) => {
    for (const [index, { operation, copy }] of uploads.entries()) {
      const { id, parentId, name, localContent } = operation
      const outcome = outcomes[index]
      try {
        if (!outcome) throw new StaleError('the server did not answer for it')
        const { entry } = valueOf(outcome)
        takeAnswer(context, writer, entry)
        const contents = { localContent, remoteContent: entry.content }
        writer.putSynced(syncedWith(context, id, { parentId, name, kind: 'file' }, contents))
        const bytes = copy()
        if (entry.isText && bytes) putBase(writer, id, localContent, bytes)
        failures.push(undefined)
      } catch (error) {
        failures.push(error)
      }
    }
  })
  return failures
}

export async function uploadChange(
  context: StepContext,
  operation: Of<'upload-change'>,
): Promise<void> {
  const { id, localContent, remoteBase } = operation
  const { file, copy, entry: local } = fileOf(context, id, localContent)
  const { entry } = valueOf(
    await context.world.remote.replace(
      file,
      remoteBase,
      idOfOperation(context, operation.kind, id, localContent, remoteBase),
    ),
  )
  context.store.transaction((writer) => {
    takeAnswer(context, writer, entry)
    // Where the server kept it beside something else, what won is downloaded next.
    const isOurs = entry.isText || entry.content === localContent
    const contents = { localContent, remoteContent: isOurs ? entry.content : remoteBase }
    writer.putSynced(syncedWith(context, id, local, contents))
    const bytes = copy()
    if (entry.isText && bytes) putBase(writer, id, localContent, bytes)
    else writer.removeText(id)
    if (!isOurs || entry.seq < (context.store.trees.remote.get(id)?.seq ?? 0)) return
  })
}

export async function moveRemote(
  context: StepContext,
  operation: Of<'move-remote'>,
): Promise<void> {
  const { id, parentId, name, seen } = operation
  const { entry } = valueOf(
    await context.world.remote.move(
      { id, parentId, name },
      seen,
      idOfOperation(context, operation.kind, id, parentId, name, seen.parentId, seen.name),
    ),
  )
  context.store.transaction((writer) => {
    takeAnswer(context, writer, entry)
    const local = context.store.trees.local.get(id)
    const known = context.store.trees.synced.get(id)
    if (known && local?.parentId === entry.parentId && local.name === entry.name)
      writer.putSynced({ ...known, parentId: entry.parentId, name: entry.name })
  })
}

export async function restoreRemote(
  context: StepContext,
  operation: Of<'restore-remote'>,
): Promise<void> {
  const { id } = operation
  const { entry } = valueOf(
    await context.world.remote.restore(
      id,
      // In the trash it has no sequence number here; what was seen last tells two restorations apart.
      idOfOperation(context, operation.kind, id, context.store.seenSeq),
    ),
  )
  context.store.transaction((writer) => {
    takeAnswer(context, writer, entry)
    const known = context.store.trees.synced.get(id)
    if (known) writer.putSynced({ ...known, parentId: entry.parentId, name: entry.name })
  })
}

/** One outcome each: what it failed by, or `undefined`. */
export async function trashRemote(
  context: StepContext,
  operations: readonly Of<'trash-remote'>[],
): Promise<readonly unknown[]> {
  const items = operations.map(({ id, seq, below }): TrashItem => ({ id, seq, below }))
  const { results, batchId } = await context.world.remote.trash(
    items,
    operationId(context.linkId, 'trash-remote', JSON.stringify(items)),
  )
  const failures: unknown[] = []
  context.store.transaction((writer) => {
    for (const [index, { id, below }] of operations.entries()) {
      const outcome = results[index]
      try {
        if (!outcome) throw new StaleError('the server did not answer for it')
        valueOf(outcome)
        for (const gone of [id, ...below.map((item) => item.id)]) {
          writer.removeRemote(gone)
          writer.setTrashed(gone, true)
          writer.setApproved(gone, 'remote', false)
        }
        failures.push(undefined)
      } catch (error) {
        failures.push(error)
      }
    }
    if (batchId !== undefined) writer.setSetting('lastTrashBatch', batchId)
  })
  return failures
}

function fileOf(context: StepContext, id: RemoteEntry['id'], localContent: string) {
  const { entry, path } = localFile(context, id)
  const { fingerprint } = entry
  if (entry.content !== localContent || !fingerprint)
    throw new StaleError('it has changed on the disk')
  const { sizeBytes } = fingerprint
  const about = { id, path: path.join('/'), direction: 'up', sizeBytes } as const
  const read = () => context.transfers.watch(context.world.disk.read(path, fingerprint), about)
  const { content, copy } = withCopy(read, entry.isText === false ? 0 : maxTextBytes, sizeBytes)
  const file: RemoteFile = { id, content, sha256: localContent, sizeBytes }
  return { entry, file, copy }
}
