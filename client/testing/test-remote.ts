import { createHash } from 'node:crypto'
import type { NodeId } from '@cloudsync/protocol'
import { newNodeId, type CloudSyncClient } from '@cloudsync/client'
import { HttpRemote, type ChunkLists, type HttpRemoteOptions } from '../src/sync/remote/index.ts'
import type { RemoteEntry } from '../src/sync/model/entry.ts'
import type { RemoteFile, RemotePage, RemotePlace } from '../src/sync/ports.ts'

export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A linked folder as a client has it that stores in memory what it was told. */
export class TestRemote {
  readonly remote: HttpRemote
  readonly entries = new Map<NodeId, RemoteEntry>()
  readonly urls = new Map<string, string>()
  readonly lists = new Map<string, Uint8Array>()
  /** What a client would find on its disk, by its path. */
  readonly files = new Map<string, Uint8Array>()
  readonly folderId: NodeId
  cursor = ''

  constructor(
    client: CloudSyncClient,
    place: HttpRemoteOptions['place'],
    options: Partial<HttpRemoteOptions> = {},
  ) {
    this.folderId = place.folderId
    const chunkLists: ChunkLists = {
      find: (sha256) => Promise.resolve(this.lists.get(sha256)),
      put: (sha256, list) => Promise.resolve(void this.lists.set(sha256, list)),
    }
    this.remote = new HttpRemote({
      client,
      place,
      knownEntry: (id) => this.entries.get(id),
      uploadUrls: {
        find: (key) => this.urls.get(key),
        put: (key, url) => void this.urls.set(key, url),
        remove: (key) => void this.urls.delete(key),
      },
      chunkLists,
      openLocalFile: (path) => Promise.resolve(localFile(this.files.get(path.join('/')))),
      ...options,
    })
  }

  /** Stores a page as the engine does. */
  take(page: RemotePage): void {
    for (const change of page.changes) {
      if (change.kind === 'entry' && !change.isTrashed)
        this.entries.set(change.entry.id, change.entry)
      else this.#drop(change.kind === 'gone' ? change.id : change.entry.id)
    }
    this.cursor = page.cursor
  }

  async takeSnapshot(): Promise<void> {
    this.entries.clear()
    for await (const page of this.remote.snapshot()) this.take(page)
  }

  /** Reads on until there is no more; `expired` takes a snapshot. */
  async catchUp(): Promise<void> {
    for (;;) {
      const page = await this.remote.changes(this.cursor, 0)
      if (page === 'expired') return this.takeSnapshot()
      this.take(page)
      if (!page.hasMore) return
    }
  }

  /** The names on the way to each, sorted. */
  paths(): string[] {
    return [...this.entries.values()].map((entry) => this.#pathOf(entry)).toSorted()
  }

  newFile(name: string, bytes: Uint8Array, parentId = this.folderId): RemoteFile & RemotePlace {
    return { ...fileOf(newNodeId(), bytes), parentId, name }
  }

  #drop(id: NodeId): void {
    this.entries.delete(id)
    for (const entry of this.entries.values()) if (entry.parentId === id) this.#drop(entry.id)
  }

  #pathOf({ parentId, name }: RemoteEntry): string {
    if (parentId === this.folderId) return name
    const parent = this.entries.get(parentId)
    return `${parent ? this.#pathOf(parent) : '?'}/${name}`
  }
}

/** A file whose content can be read again and again. */
export function fileOf(id: NodeId, bytes: Uint8Array): RemoteFile {
  return { id, content: pieces(bytes), sha256: sha256Of(bytes), sizeBytes: bytes.byteLength }
}

const pieceBytes = 256 * 1024

export function pieces(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < bytes.byteLength; at += pieceBytes)
        yield bytes.subarray(at, at + pieceBytes)
    },
  }
}

function localFile(bytes: Uint8Array | undefined) {
  if (!bytes) return undefined
  return {
    sizeBytes: bytes.byteLength,
    async *read(start: number, end: number) {
      yield bytes.subarray(start, end)
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
