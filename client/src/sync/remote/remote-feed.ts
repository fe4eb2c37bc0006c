import type { Change, NodeId, SpaceId, SyncNode } from '@cloudsync/protocol'
import { isCloudSyncError, type CloudSyncClient } from '../../sdk/index.ts'
import type { RemoteEntry } from '../model/entry.ts'
import { RemoteError } from '../model/failures.ts'
import type { RemoteChange, RemotePage } from '../ports.ts'
import { entryOfSyncNode } from './remote-entry.ts'
import { asOutcome, orRemoteError } from './remote-failures.ts'

/** The folder of a space that is linked. */
export interface LinkedPlace {
  readonly spaceId: SpaceId
  /** The root of the space, or any folder in it. */
  readonly folderId: NodeId
  readonly isWholeSpace: boolean
}

export interface RemoteFeedOptions {
  readonly client: CloudSyncClient
  readonly place: LinkedPlace
  /** What was told and stored so far of a node below the linked folder; of none other. */
  readonly knownEntry: (id: NodeId) => RemoteEntry | undefined
}

type NodeChange = Extract<Change, { type: 'node' }>

const pageSize = 1000
/** Deeper than folders can lie. */
const maxDepth = 2000

/** The feed of a space, as far as it is about the linked folder and what is below it. */
export class RemoteFeed {
  readonly #options: RemoteFeedOptions

  constructor(options: RemoteFeedOptions) {
    this.#options = options
  }

  async changes(
    cursor: string,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<RemotePage | 'expired'> {
    const { client, place } = this.#options
    const position = parseCursor(cursor)
    if (!position) return 'expired'
    const { after, accessEpoch } = position
    try {
      const options = { limit: pageSize, waitMs, accessEpoch, signal }
      const page = await orRemoteError(() => client.changes.list(place.spaceId, after, options))
      // Something may have come into sight, or gone out of it, that no change tells of.
      if (accessEpoch !== page.accessEpoch) return 'expired'
      const changes = await this.#filter(page.items, signal)
      return { changes, cursor: cursorOf(page.nextCursor, accessEpoch), hasMore: page.hasMore }
    } catch (error) {
      if (error instanceof Error && isCloudSyncError(error.cause, 'cursor_expired'))
        return 'expired'
      throw error
    }
  }

  async *snapshot(): AsyncGenerator<RemotePage, void> {
    let canEditRoot: boolean | undefined
    for await (const { items, nextCursor, changesCursor, accessEpoch } of this.#pages()) {
      const changes = items.flatMap((node) => entryChange(node) ?? [])
      const cursor = cursorOf(changesCursor, accessEpoch)
      // Asked after the page: another role since then has another epoch, which leads to another snapshot.
      canEditRoot ??= await this.#canEditRoot()
      const hasMore = nextCursor !== null
      yield { changes, cursor, seq: Number(changesCursor), canEditRoot, hasMore }
    }
  }

  async #canEditRoot(): Promise<boolean> {
    const { client, place } = this.#options
    const found = await asOutcome(() => client.access.of(place.folderId))
    // Who was given folders in a space alone does not see its root.
    return found.kind === 'done' && found.value.permissions.includes('node.create')
  }

  async *#pages(folderId?: NodeId, signal?: AbortSignal) {
    const { client, place } = this.#options
    const below = folderId ?? (place.isWholeSpace ? undefined : place.folderId)
    const pages = client.changes.snapshot(place.spaceId, {
      signal,
      ...(below === undefined ? {} : { folderId: below }),
    })
    for (;;) {
      const next = await orRemoteError(() => pages.next())
      if (next.done === true) return
      yield next.value
    }
  }

  /** What moves out of the linked folder is gone; of a folder that moves in, all that is in it is told. */
  async #filter(
    items: readonly Change[],
    signal: AbortSignal | undefined,
  ): Promise<RemoteChange[]> {
    const { place } = this.#options
    const found: RemoteChange[] = []
    const moved = new Map<NodeId, NodeId | undefined>()
    const tell = (change: RemoteChange) => {
      found.push(change)
      if (change.kind === 'gone') moved.set(change.id, undefined)
      else moved.set(change.entry.id, change.isTrashed ? undefined : change.entry.parentId)
    }
    for (const item of items) {
      const id = item.type === 'gone' ? item.id : item.node.id
      if (id === place.folderId) {
        requireThere(item)
        continue
      }
      const change = item.type === 'node' ? entryChange(item.node) : undefined
      if (!change || item.type === 'gone' || !this.#isBelow(change.entry.parentId, moved)) {
        tell({ kind: 'gone', id, seq: item.seq })
        continue
      }
      const isFolder = item.node.kind === 'folder' && !change.isTrashed
      const isComing = isFolder && (item.isArrival || this.#isUnknown(item, moved))
      tell(change)
      if (!isComing) continue
      for await (const below of this.#below(id, signal)) tell(below)
    }
    return found
  }

  /**
   * All that is in a folder that came. What came and went to the trash since, with a folder above it, stays in the feed as
   * it came: that it went is told of the folder above, and if that comes back, so is all that is in it.
   */
  async *#below(id: NodeId, signal: AbortSignal | undefined) {
    try {
      for await (const { items } of this.#pages(id, signal))
        for (const node of items) {
          const below = entryChange(node)
          if (below) yield below
        }
    } catch (error) {
      if (!(error instanceof RemoteError) || error.code !== 'trashed') throw error
      await this.#requireLinked(signal)
    }
  }

  /** Throws `trashed` where all of the linked folder is in the trash, of whose return nothing would be told. */
  async #requireLinked(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#options.place.isWholeSpace) await this.#pages(undefined, signal).next()
  }

  /** Of what is in it nothing was told, as far as there was anything to tell. */
  #isUnknown(
    { node, arrivedSeq }: NodeChange,
    moved: ReadonlyMap<NodeId, NodeId | undefined>,
  ): boolean {
    const { place, knownEntry } = this.#options
    if (arrivedSeq !== null && !knownEntry(node.id)) return true
    return !place.isWholeSpace && !this.#isBelow(node.id, moved)
  }

  #isBelow(id: NodeId, moved: ReadonlyMap<NodeId, NodeId | undefined>): boolean {
    const { place, knownEntry } = this.#options
    // The feed holds all of the space then; a child may come before its folder.
    if (place.isWholeSpace) return true
    let at: NodeId | undefined = id
    for (let depth = 0; at !== undefined && depth < maxDepth; depth++) {
      if (at === place.folderId) return true
      at = moved.has(at) ? moved.get(at) : knownEntry(at)?.parentId
    }
    return false
  }
}

/** A linked folder that is gone says nothing of what was in it: nothing must be deleted for that. */
function requireThere(item: Change): void {
  if (item.type === 'node' && item.node.trashedAt === null) return
  throw new RemoteError('linked_folder_gone', 'The linked folder is no longer there on the server')
}

function entryChange(node: SyncNode) {
  const entry = entryOfSyncNode(node)
  return entry && { kind: 'entry' as const, entry, isTrashed: node.trashedAt !== null }
}

function cursorOf(after: string, accessEpoch: string): string {
  return JSON.stringify([after, accessEpoch])
}

/** `undefined` for what is none, as another version may have stored it. */
function parseCursor(cursor: string): { after: string; accessEpoch: string } | undefined {
  try {
    const [after, accessEpoch] = JSON.parse(cursor) as unknown[]
    if (typeof after === 'string' && typeof accessEpoch === 'string') return { after, accessEpoch }
  } catch {
    // Falls through.
  }
  return undefined
}
