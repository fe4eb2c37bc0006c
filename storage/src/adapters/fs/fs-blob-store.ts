import { open, rm, stat, statfs } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { bodyChunks } from '../../blob-body.ts'
import type { BlobKey } from '../../blob-key.ts'
import { checkRange, listSpan } from '../../blob-query.ts'
import type {
  BlobBody,
  BlobInfo,
  BlobPage,
  BlobReader,
  BlobStore,
  ByteRange,
  CallOptions,
  ListQuery,
  PutOptions,
  PutOutcome,
  StoreSpace,
} from '../../blob-store.ts'
import { BlobNotFoundError, BlobOperationUnsupportedError } from '../../blob-store-errors.ts'
import { DurableDirectories, ensureRoot, syncDirectory } from './durable-directories.ts'
import { FileBody } from './file-body.ts'
import { fsCall, fsFind } from '../../fs-errors.ts'
import { FsLayout } from './fs-layout.ts'
import { keysBelow } from './fs-listing.ts'
import { FsMultipart } from './fs-multipart.ts'
import { FsPublisher } from './fs-publisher.ts'
import { FsTemporary, removeStale } from './fs-temporary.ts'

export interface FsBlobStoreOptions {
  /** Everything lies in it. Made if missing, readable by our user alone. */
  readonly directory: string
  /** Milliseconds since 1970, to tell what is stale. Default `Date.now`. */
  readonly now?: () => number
}

const staleTemporaryMs = 60 * 60 * 1000
const staleUploadMs = 7 * 24 * 60 * 60 * 1000

/**
 * Objects as files. A file is written under `tmp/`, synced, renamed to its place, and the directory
 * synced, so that a crash at any point leaves the old state or the new one. Several processes may
 * use one directory. See `FsLayout` for what lies where.
 */
export class FsBlobStore implements BlobStore {
  readonly supportsCreateIfAbsent: boolean
  readonly presigner = undefined
  readonly multipart: FsMultipart
  readonly #layout: FsLayout
  readonly #temporary: FsTemporary
  readonly #publisher: FsPublisher

  /** Use `FsBlobStore.open`. */
  private constructor(layout: FsLayout, temporary: FsTemporary, canLink: boolean) {
    this.#layout = layout
    this.#temporary = temporary
    this.#publisher = new FsPublisher(layout.root, temporary)
    this.supportsCreateIfAbsent = canLink
    this.multipart = new FsMultipart(layout, temporary, this.#publisher)
  }

  /**
   * Opens a store, checks that it can be written, and removes what crashed processes left: temporary
   * files after an hour, uploads 7 days after their last part.
   */
  static async open(options: FsBlobStoreOptions): Promise<FsBlobStore> {
    const layout = new FsLayout(resolve(options.directory))
    const now = (options.now ?? Date.now)()
    await fsCall('open', prepare(layout))
    await removeStale(layout.temporary, now - staleTemporaryMs)
    await removeStale(layout.uploads, now - staleUploadMs)
    const temporary = new FsTemporary(layout.temporary)
    return new FsBlobStore(layout, temporary, await temporary.canLink())
  }

  async put(key: BlobKey, body: BlobBody, options: PutOptions = {}): Promise<PutOutcome> {
    const path = this.#layout.objectPath(key)
    options.signal?.throwIfAborted()
    const ifAbsent = options.ifAbsent === true
    if (ifAbsent && !this.supportsCreateIfAbsent)
      throw new BlobOperationUnsupportedError('ifAbsent')
    if (ifAbsent && (await this.head(key))) return { kind: 'exists' }
    const written = await this.#temporary.write('put', bodyChunks(key, body, options.signal))
    return this.#publisher.publish(written, path, ifAbsent)
  }

  async get(key: BlobKey, options: CallOptions = {}): Promise<BlobReader> {
    const { handle, sizeBytes } = await this.#openFile(key, options)
    return reader(handle, 0, sizeBytes, options.signal)
  }

  async range(key: BlobKey, range: ByteRange, options: CallOptions = {}): Promise<BlobReader> {
    const { handle, sizeBytes } = await this.#openFile(key, options)
    try {
      checkRange(key, range, sizeBytes)
    } catch (error) {
      await handle.close()
      throw error
    }
    return reader(handle, range.start, range.end, options.signal)
  }

  async head(key: BlobKey, options: CallOptions = {}): Promise<BlobInfo | undefined> {
    const path = this.#layout.objectPath(key)
    options.signal?.throwIfAborted()
    const stats = await fsFind('head', stat(path))
    if (!stats) return undefined
    // Another process may have renamed it into place and not yet synced the directory.
    await this.#publisher.settle(path)
    return { key, sizeBytes: stats.size, modifiedAt: stats.mtime }
  }

  async list(query: ListQuery = {}): Promise<BlobPage> {
    const span = listSpan(query)
    const items: BlobInfo[] = []
    for await (const key of keysBelow(this.#layout.objects, '', span)) {
      query.signal?.throwIfAborted()
      if (items.length === span.limit) return { items, nextCursor: items.at(-1)?.key }
      const stats = await fsFind('list', stat(this.#layout.objectPath(key)))
      if (stats) items.push({ key, sizeBytes: stats.size, modifiedAt: stats.mtime })
    }
    return { items, nextCursor: undefined }
  }

  async delete(key: BlobKey, options: CallOptions = {}): Promise<void> {
    const path = this.#layout.objectPath(key)
    options.signal?.throwIfAborted()
    await fsCall('delete', rm(path, { force: true }))
    await fsFind('delete', syncDirectory(dirname(path)))
  }

  /** Of the file system, as far as it is open to us. */
  async findSpace(): Promise<StoreSpace> {
    const { bavail, blocks, bsize } = await fsCall('space', statfs(this.#layout.root))
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
  }

  /** Holds nothing open between calls. */
  async [Symbol.asyncDispose](): Promise<void> {}

  async #openFile(
    key: BlobKey,
    options: CallOptions,
  ): Promise<{ handle: FileHandle; sizeBytes: number }> {
    const path = this.#layout.objectPath(key)
    options.signal?.throwIfAborted()
    const handle = await fsFind('get', open(path, 'r'))
    if (!handle) throw new BlobNotFoundError(key)
    try {
      return { handle, sizeBytes: (await fsCall('get', handle.stat())).size }
    } catch (error) {
      await handle.close()
      throw error
    }
  }
}

async function prepare(layout: FsLayout): Promise<void> {
  await ensureRoot(layout.root)
  const directories = new DurableDirectories(layout.root)
  for (const path of [layout.objects, layout.uploads, layout.temporary])
    await directories.ensure(path)
}

function reader(
  handle: FileHandle,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): BlobReader {
  const body = new FileBody(handle, start, end)
  return { sizeBytes: end - start, body: signal ? addAbortSignal(signal, body) : body }
}
