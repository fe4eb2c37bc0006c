import { maxTextBytes, withCopy } from './text-bases.ts'
import type { Operation } from '../model/operation.ts'
import { formatOfBytes } from '../texts/line-ends.ts'
import { sha256Of } from '../texts/text-state.ts'
import type { NodeId } from '@cloudsync/protocol'
import type { ContentName, RemoteEntry } from '../model/entry.ts'
import type { SendIntent } from '../model/intents.ts'
import type { RemoteFile, RemotePlace } from '../ports.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import { putBase } from './text-bases.ts'
import {
  idOfOperation,
  localFile,
  syncedWith,
  takeAnswer,
  valueOf,
  type StepContext,
} from './step-context.ts'
import { readTarget } from './link-steps.ts'
import { decodeMemory } from './text-start.ts'
import { operationId } from './operation-id.ts'
import { findSameSend, modeTold, noteSends } from './send-intents.ts'
import { StaleError } from './step-failures.ts'

type Of<K extends Operation['kind']> = Extract<Operation, { kind: K }>

export async function createRemoteFolder(
  context: StepContext,
  operation: Of<'create-remote-folder'>,
): Promise<void> {
  const { id, parentId, name } = operation
  const operationId = idOfOperation(context, operation.kind, id, parentId, name)
  const nothing = { content: null, remoteBase: null }
  const sent = { id, parentId, name, kind: 'folder', ...nothing, operationId } as const
  const fresh = await noteSends(context.store, [sent])
  const outcome = await context.world.remote.createFolder({ id, parentId, name }, operationId)
  if (outcome.kind !== 'done' && fresh.has(id))
    context.store.transaction((writer) => writer.removeSend(id))
  const { entry } = valueOf(outcome)
  context.store.transaction((writer) => {
    takeAnswer(context, writer, entry)
    writer.putSynced(syncedWith(context, id, { parentId, name, kind: 'folder' }, {}))
    writer.removeSend(id)
  })
}

export interface PreparedUpload {
  readonly operation: Of<'upload-new'>
  readonly file: RemoteFile & RemotePlace
  /** The bytes, when they have been sent and are few enough to be a text. */
  readonly copy: () => Uint8Array | undefined
  /** All of it, of what may become a live text. */
  readonly base: Uint8Array | undefined
}

/** So much of a file is read before it is sent, to be there whatever becomes of the answer. */
const maxBaseBytes = 256 * 1024

/** Throws `StaleError` where the disk has something else than what the plan was made of. */
export async function prepareUpload(
  context: StepContext,
  operation: Of<'upload-new'>,
): Promise<PreparedUpload> {
  const { id, parentId, name, localContent } = operation
  const { file, copy, entry, read } = fileOf(context, id, localContent)
  const sent = findFirstSent(context, id, localContent)
  if (sent) return sentAgain(operation, file, sent)
  const prepared = { operation, file: { ...file, id, parentId, name }, copy, base: undefined }
  const isNoText = entry.isText === false || entry.kind === 'symlink'
  if (isNoText || file.sizeBytes > maxBaseBytes) return prepared
  const parts: Uint8Array[] = []
  for await (const part of read()) parts.push(part)
  const [first] = parts
  const bytes = first && parts.length === 1 ? first : Buffer.concat(parts)
  if (sha256Of(bytes) !== localContent) throw new StaleError('it has changed on the disk')
  const base = formatOfBytes(bytes) ? bytes : undefined
  return { ...prepared, file: holding(prepared.file, bytes), copy: () => bytes, base }
}

/** All of it from memory, however often it is asked for. */
function holding<F extends RemoteFile>(file: F, bytes: Uint8Array): F {
  return { ...file, bytes, content: withCopy(() => once(bytes), 0).content }
}

/**
 * All of a text that was sent with other words than the file has now, where nobody knows whether it came. It is what is
 * sent again: of several contents on their way nobody could tell which one both sides have in common.
 */
function findFirstSent(
  { store }: StepContext,
  id: NodeId,
  localContent: ContentName,
): Uint8Array | undefined {
  const sent = store.sends.get(id)
  if (!sent || sent.remoteBase !== null || sent.content === localContent) return undefined
  const memory = decodeMemory(store.findText(id))
  const isIt = memory?.kind === 'base' && sha256Of(memory.bytes) === sent.content
  return isIt ? memory.bytes : undefined
}

/** Then both sides have it, and what the file says now is an edit like any other. */
function sentAgain(
  operation: Of<'upload-new'>,
  file: RemoteFile,
  bytes: Uint8Array,
): PreparedUpload {
  const { id, parentId, name } = operation
  const sha256 = sha256Of(bytes)
  const again = { ...file, sha256, sizeBytes: bytes.length, id, parentId, name }
  return {
    operation: { ...operation, localContent: sha256 },
    file: holding(again, bytes),
    copy: () => bytes,
    base: bytes,
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
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
  const id = operationId(context.linkId, 'upload-new', ...intents.flat())
  const fresh = await noteSends(
    context.store,
    uploads.map(({ operation: { localContent: content, ...at }, file }) => ({
      ...at,
      ...modeOf(file),
      content,
      remoteBase: null,
      operationId: id,
    })),
    new Map(uploads.map(({ operation, base }) => [operation.id, base])),
  )
  const outcomes = await context.world.remote.upload(
    uploads.map(({ file }) => file),
    id,
  )
  const failures: unknown[] = []
  context.store.transaction((writer) => {
    for (const [index, { operation, file, copy, base }] of uploads.entries()) {
      const { id, parentId, name, localContent } = operation
      const outcome = outcomes[index]
      try {
        if (!outcome) throw new StaleError('the server did not answer for it')
        if (outcome.kind !== 'done' && fresh.has(id)) {
          writer.removeSend(id)
          writer.removeText(id)
        }
        const { entry, made = null } = valueOf(outcome)
        takeAnswer(context, writer, entry)
        // As it was sent first: what came of a lost answer is older than what is on the disk now.
        const { kind, isExecutable } = context.store.sends.get(id) ?? modeOf(file)
        const agreed = modeTold(entry, isExecutable)
        // Before the server was heard of it, somebody may have changed it: that is downloaded next, or merged.
        const remoteContent = entry.isText ? made : localContent
        const contents = { localContent, remoteContent, ...agreed }
        writer.putSynced(syncedWith(context, id, { parentId, name, kind }, contents))
        writer.removeSend(id)
        const bytes = copy()
        if (!entry.isText) writer.removeText(id)
        else if (bytes && !(base && fresh.has(id))) putBase(writer, id, localContent, bytes)
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
  const { parentId, name, kind } = local
  const change = { id, content: localContent, remoteBase }
  // The server may have it, and others something that builds on it, over which it must not be sent once more.
  const operationId =
    findSameSend(context.store, change)?.operationId ??
    idOfOperation(context, operation.kind, id, localContent, remoteBase)
  await noteSends(context.store, [{ ...change, parentId, name, kind, operationId }])
  const outcome = await context.world.remote.replace(file, remoteBase)
  if (outcome.kind !== 'done')
    context.store.transaction((writer) => {
      writer.removeSend(id)
      if (outcome.kind === 'stale') forgetBase(context, writer, id, remoteBase)
    })
  const { entry, made = null } = valueOf(outcome)
  context.store.transaction((writer) => {
    takeAnswer(context, writer, entry)
    writer.removeSend(id)
    // Where the server kept it beside something else, what won is downloaded next.
    const remoteBlob = entry.content === localContent ? localContent : remoteBase
    const remoteContent = entry.isText ? made : remoteBlob
    const contents = { localContent, remoteContent }
    writer.putSynced(syncedWith(context, id, local, contents))
    const bytes = copy()
    if (entry.isText && bytes) putBase(writer, id, localContent, bytes)
    else writer.removeText(id)
  })
}

/**
 * The server holds something else and says that it never held what this is based on: of several contents that were sent
 * before the client died, another one has come. Asked with the same again, it would say no for ever.
 */
function forgetBase(
  { store: { trees } }: StepContext,
  writer: StoreWriter,
  id: NodeId,
  remoteBase: ContentName,
): void {
  const synced = trees.synced.get(id)
  if (synced?.remoteContent !== remoteBase) return
  if (trees.remote.get(id)?.content === remoteBase) return
  writer.putSynced({ ...synced, remoteContent: null })
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

/** It is not in the trash, or not for the caller to take it from there: then it is made anew. */
const unrestorableCodes: ReadonlySet<string> = new Set(['not_found', 'forbidden', 'not_trashed'])

export async function restoreRemote(
  context: StepContext,
  operation: Of<'restore-remote'>,
): Promise<void> {
  const { id } = operation
  const { store } = context
  const outcome = await context.world.remote.restore(
    id,
    // In the trash it has no sequence number here; what was seen last tells two restorations apart.
    idOfOperation(context, operation.kind, id, store.seenSeq),
  )
  const isRefused = outcome.kind === 'refused' && unrestorableCodes.has(outcome.code)
  const place = outcome.kind === 'done' ? placeOfRestored(context, outcome.value.entry) : 'here'
  if (isRefused || place === 'elsewhere')
    store.transaction((writer) => writer.setTrashed(id, false))
  if (place === 'elsewhere') throw new StaleError('it is not in the linked folder any more')
  if (place === 'returned') throw new StaleError('its folder has come back; the server tells of it')
  const { entry } = valueOf(outcome)
  context.store.transaction((writer) => {
    takeAnswer(context, writer, entry)
    const known = context.store.trees.synced.get(id)
    if (known) writer.putSynced({ ...known, parentId: entry.parentId, name: entry.name })
  })
}

/**
 * Where what was to be restored lies. What lived when the feed, or a snapshot, stood there, and was in neither, lies
 * elsewhere; but where its folder is one of ours, it has come back with that, of which the feed is about to tell.
 */
function placeOfRestored(
  { store, rootId }: StepContext,
  { id, parentId, seq }: RemoteEntry,
): 'here' | 'returned' | 'elsewhere' {
  const { remote } = store.trees
  if (seq > store.seenSeq || remote.has(id)) return 'here'
  const isOurs = parentId === rootId || remote.has(parentId) || store.trashed.has(parentId)
  return isOurs ? 'returned' : 'elsewhere'
}

function fileOf(context: StepContext, id: RemoteEntry['id'], localContent: string) {
  const { entry, path } = localFile(context, id)
  const { fingerprint } = entry
  if (entry.content !== localContent || !fingerprint)
    throw new StaleError('it has changed on the disk')
  const { sizeBytes } = fingerprint
  const about = { id, path: path.join('/'), direction: 'up', sizeBytes } as const
  const isLink = entry.kind === 'symlink'
  const bytes = () =>
    isLink ? readTarget(context, path, fingerprint) : context.world.disk.read(path, fingerprint)
  const read = () => context.transfers.watch(bytes(), about)
  const maxCopyBytes = entry.isText === false || isLink ? 0 : maxTextBytes
  const { content, copy } = withCopy(read, maxCopyBytes, sizeBytes)
  const { isExecutable } = fingerprint
  const mode = isLink ? { isLink } : isExecutable === undefined ? {} : { isExecutable }
  const file: RemoteFile = { id, content, sha256: localContent, sizeBytes, ...mode }
  return { entry, file, copy, read }
}

/** What is said of something new, as it is remembered. */
function modeOf({ isLink, isExecutable }: RemoteFile): Pick<SendIntent, 'kind' | 'isExecutable'> {
  if (isLink === true) return { kind: 'symlink' }
  return { kind: 'file', ...(isExecutable === undefined ? {} : { isExecutable }) }
}
