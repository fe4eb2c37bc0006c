import type { NodeId } from '@cloudsync/protocol'
import type { RemoteEntry, Tree } from '../model/entry.ts'
import type { Remote, RemoteChange, RemotePage } from '../ports.ts'
import { bulkRows, type SyncStore } from '../store/sync-store.ts'
import { settleSend } from './send-intents.ts'
import { childrenByParent } from './tree-paths.ts'

/** Whether a page told of anything that is new, and if so, whether that is only what is being sent from here. */
type Told = 'nothing' | 'own' | 'news'

/**
 * Writes down a page of the change feed, and that it was read. Of what is being sent the feed often tells before the
 * answer comes, for which the steps under way wait.
 */
export function recordPage(store: SyncStore, page: RemotePage): Told {
  const { remote, local, synced } = store.trees
  const trashed = new Map<NodeId, boolean>()
  const next = new Map<NodeId, RemoteEntry | undefined>()
  const find = (id: NodeId) => (next.has(id) ? next.get(id) : remote.get(id))
  const goneFolders = new Map<NodeId, boolean>()
  let seenSeq = store.seenSeq
  let beginsToTell = false
  for (const change of page.changes) {
    const { id, seq } = change.kind === 'entry' ? change.entry : change
    seenSeq = Math.max(seenSeq, seq)
    const known = find(id)
    if (known && known.seq > seq) continue
    if (known && change.kind === 'entry' && isTold(known, change.entry)) beginsToTell = true
    const isTrashed = change.kind === 'entry' && change.isTrashed
    const isGone = change.kind === 'gone' || change.isTrashed
    // The id of something here that was never brought together with it is used up.
    const isUsedUp = isGone && local.has(id) && !synced.has(id)
    const isOfUse = isTrashed && (known !== undefined || synced.has(id))
    trashed.set(id, isUsedUp || isOfUse)
    if (change.kind === 'entry' && !change.isTrashed) {
      if (!known || !isSame(known, change.entry)) next.set(id, change.entry)
      continue
    }
    if (known) next.set(id, undefined)
    const kind = known?.kind ?? (change.kind === 'entry' ? change.entry.kind : undefined)
    if (kind !== undefined && kind !== 'folder') continue
    goneFolders.set(id, isTrashed)
  }
  for (const [id, isTrashed] of listBelow(remote, next, goneFolders)) {
    next.set(id, undefined)
    trashed.set(id, isTrashed)
  }
  const isNews = next.keys().some((id) => !store.sends.has(id))
  store.transaction((writer) => {
    for (const [id, entry] of next)
      if (entry) writer.putRemote(entry)
      else if (remote.has(id)) writer.removeRemote(id)
    for (const [id, isTrashed] of trashed)
      if (store.trashed.has(id) !== isTrashed) writer.setTrashed(id, isTrashed)
    for (const change of page.changes)
      if (change.kind === 'entry') settleSend(store, writer, change.entry)
    if (seenSeq !== store.seenSeq) writer.setSeenSeq(seenSeq)
    // The server is of a later version now, and nothing else tells of the others.
    if (beginsToTell) writer.setCursor(undefined)
    else if (page.cursor !== store.cursor) writer.setCursor(page.cursor)
  })
  if (isNews) return 'news'
  return next.size > 0 ? 'own' : 'nothing'
}

/**
 * What is in a folder goes with it, and is not told by itself; also where the folder itself was never known. Not what had
 * left it before, of which a later line tells. Of each of `gone`, and so of what was in it, whether it is in the trash.
 */
function listBelow(
  remote: Tree<RemoteEntry>,
  next: ReadonlyMap<NodeId, RemoteEntry | undefined>,
  gone: ReadonlyMap<NodeId, boolean>,
): ReadonlyMap<NodeId, boolean> {
  const found = new Map<NodeId, boolean>()
  if (gone.size === 0) return found
  const [before, told] = [childrenByParent(remote), childrenByParent(next)]
  const find = (id: NodeId) => (next.has(id) ? next.get(id) : remote.get(id))
  for (const [folder, isTrashed] of gone) {
    const folders = find(folder) ? [] : [folder]
    for (let at = folders.pop(); at !== undefined; at = folders.pop())
      for (const { id, kind } of [...(before.get(at) ?? []), ...(told.get(at) ?? [])]) {
        if (found.has(id) || find(id)?.parentId !== at) continue
        found.set(id, isTrashed)
        if (kind === 'folder') folders.push(id)
      }
  }
  return found
}

/**
 * Reads all there is and writes down what of it is new. Until the last of it is written there is no cursor, so that
 * a snapshot that breaks off is taken anew.
 */
export async function recordSnapshot(
  store: SyncStore,
  remote: Pick<Remote, 'snapshot'>,
): Promise<boolean> {
  const found = new Map<NodeId, RemoteEntry>()
  let cursor: string | undefined
  let seenSeq = store.seenSeq
  let canEditRoot: boolean | undefined
  for await (const page of remote.snapshot()) {
    cursor = page.cursor
    canEditRoot ??= page.canEditRoot
    seenSeq = Math.max(seenSeq, page.seq ?? 0)
    for (const change of page.changes) collect(found, change)
  }
  if (cursor === undefined) throw new Error('the snapshot has no page')
  const known = store.trees.remote
  const changed = [...found.values()].filter((entry) => {
    const before = known.get(entry.id)
    return !before || !isSame(before, entry)
  })
  const removed = [...known.keys()].filter((id) => !found.has(id))
  if (changed.length + removed.length > bulkRows)
    store.transaction((writer) => writer.setCursor(undefined))
  for (let from = 0; from < changed.length; from += bulkRows)
    store.transaction((writer) => {
      for (const entry of changed.slice(from, from + bulkRows)) {
        writer.putRemote(entry)
        settleSend(store, writer, entry)
      }
    })
  store.transaction((writer) => {
    for (const id of removed) {
      writer.removeRemote(id)
      // Most likely it is there: whether it can come back from there the server says when it is asked to.
      if (store.trees.local.has(id)) writer.setTrashed(id, true)
    }
    if (seenSeq !== store.seenSeq) writer.setSeenSeq(seenSeq)
    if (canEditRoot !== undefined) writer.setCanEditRoot(canEditRoot)
    writer.setCursor(cursor)
  })
  return changed.length + removed.length > 0
}

/**
 * What an answer told of a node, unless the feed has told something later meanwhile: answers and the feed overtake each
 * other, and a repeated request is answered as it was the first time.
 */
export function newerEntry(store: SyncStore, entry: RemoteEntry): RemoteEntry | undefined {
  const known = store.trees.remote.get(entry.id)
  if (known) return entry.seq >= known.seq ? entry : undefined
  // The feed has passed this number and the node is not there: it was there, and is gone.
  return entry.seq > store.seenSeq ? entry : undefined
}

function collect(found: Map<NodeId, RemoteEntry>, change: RemoteChange): void {
  if (change.kind === 'gone' || change.isTrashed) {
    found.delete(change.kind === 'gone' ? change.id : change.entry.id)
    return
  }
  const before = found.get(change.entry.id)
  if (!before || before.seq <= change.entry.seq) found.set(change.entry.id, change.entry)
}

/** Of a file that is known already, now also whether it is executable, or a link. */
function isTold(known: RemoteEntry, entry: RemoteEntry): boolean {
  if (known.kind !== 'file' || known.isExecutable !== undefined) return false
  return entry.isExecutable !== undefined || entry.kind === 'symlink'
}

function isSame(one: RemoteEntry, other: RemoteEntry): boolean {
  return (
    one.seq === other.seq &&
    one.content === other.content &&
    one.name === other.name &&
    one.parentId === other.parentId &&
    one.canEdit === other.canEdit &&
    one.isText === other.isText &&
    one.isExecutable === other.isExecutable
  )
}
