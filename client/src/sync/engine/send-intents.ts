import type { RemoteEntry } from '../model/entry.ts'
import type { SendIntent } from '../model/intents.ts'
import type { StoreWriter } from '../store/store-writer.ts'
import type { SyncStore } from '../store/sync-store.ts'
import { putBase } from './text-bases.ts'

/**
 * Notes what is about to be sent. Of something new whose last answer was lost the first intent stays: where the server
 * refuses the second, it has the first. Returns those that are noted for the first time.
 */
export async function noteSends(
  store: SyncStore,
  intents: readonly SendIntent[],
  /** All that is in a file, of what may become a live text. */
  bases: ReadonlyMap<SendIntent['id'], Uint8Array | undefined> = new Map(),
): Promise<ReadonlySet<SendIntent['id']>> {
  const isFresh = ({ id, remoteBase, trashedSeq }: SendIntent): boolean =>
    !store.sends.has(id) || remoteBase !== null || trashedSeq !== undefined
  const fresh = intents.filter(isFresh)
  const ids = new Set(fresh.map(({ id }) => id))
  if (fresh.length === 0) return ids
  store.transaction((writer) => {
    for (const intent of fresh) {
      writer.putSend(intent)
      const base = bases.get(intent.id)
      if (base && intent.content !== null) putBase(writer, intent.id, intent.content, base)
    }
  })
  await store.flush()
  return ids
}

/** The intent of the very same change, where its answer was lost: then the server has to be asked about that one. */
export function findSameSend(
  store: SyncStore,
  { id, content, remoteBase }: Pick<SendIntent, 'id' | 'content' | 'remoteBase'>,
): SendIntent | undefined {
  const sent = store.sends.get(id)
  return sent?.content === content && sent.remoteBase === remoteBase ? sent : undefined
}

/** The server has told of a node of which it is not known whether it has what was sent, and that it has it, or had it. */
export function settleSend(store: SyncStore, writer: StoreWriter, entry: RemoteEntry): void {
  const sent = store.sends.get(entry.id)
  if (!sent || sent.kind !== entry.kind) return
  if (sent.trashedSeq !== undefined) {
    if (entry.seq > sent.trashedSeq) settleTrashing(store, writer, sent)
    return
  }
  const isNew = !store.trees.synced.has(entry.id)
  const isThere = !entry.isText && entry.content === sent.content
  // What a text was called then nobody knows: it may be another one by now.
  if (!isNew && !isThere) return
  const { isExecutable: _, ...rest } = sent
  const told = { ...rest, ...modeTold(entry, sent.isExecutable) }
  recordSend(store, writer, told, entry.isText ? null : sent.content)
}

/** What both sides agree on of a mode that was sent: nothing, where the server takes none. */
export function modeTold(
  entry: Pick<RemoteEntry, 'isExecutable'>,
  sent: boolean | undefined,
): { isExecutable?: boolean } {
  return sent === undefined || entry.isExecutable === undefined ? {} : { isExecutable: sent }
}

/** The server had it, under that name of its content, whatever has become of it. */
export function recordSend(
  store: SyncStore,
  writer: StoreWriter,
  sent: SendIntent,
  remoteContent: SendIntent['content'],
): void {
  const { id, content } = sent
  const { parentId, name, kind, isExecutable } = store.trees.synced.get(id) ?? sent
  const mode = isExecutable === undefined ? {} : { isExecutable }
  writer.putSynced({ id, parentId, name, kind, localContent: content, remoteContent, ...mode })
  writer.removeSend(id)
}

/** It was trashed, and perhaps brought back since by somebody: what is on the server then is new to this disk. */
function settleTrashing(store: SyncStore, writer: StoreWriter, { operationId }: SendIntent): void {
  for (const { id, operationId: other } of store.sends.values()) {
    if (other !== operationId) continue
    if (!store.trees.local.has(id)) writer.removeSynced(id)
    writer.removeSend(id)
  }
}
