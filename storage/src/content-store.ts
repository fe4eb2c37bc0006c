import { tmpdir } from 'node:os'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { bodySizeBytes } from './blob-body.ts'
import { blobKey } from './blob-key.ts'
import type { BlobKey } from './blob-key.ts'
import type { BlobBody, BlobReader, BlobStore, ByteRange, CallOptions } from './blob-store.ts'
import { BlobNotFoundError, BlobRangeError } from './blob-store-errors.ts'
import {
  ContentNotFoundError,
  ContentTooLargeError,
  CorruptContentError,
} from './content-errors.ts'
import {
  decodeObject,
  decompressedPart,
  encodeObject,
  maxObjectBytes,
  openPayload,
  verifiedBody,
} from './content-codec.ts'
import { encodeHeader, headerBytes } from './content-format.ts'
import type { ContentHeader } from './content-format.ts'
import { findSha256, Sha256Stream, sha256FromHex, sha256Of } from './sha256.ts'
import type { Sha256 } from './sha256.ts'
import { Spool } from './spool.ts'
import { compressionPays, compressStream } from './zstd.ts'

export interface ContentStoreOptions {
  /** Where it keeps objects, under `blobs/`. The caller disposes of it, after the last call here. */
  readonly store: BlobStore
  /**
   * A directory on disk for `putStream`, which needs as much room as the stored form. Must exist.
   * Default the system's temporary directory.
   */
  readonly spoolDirectory?: string
}

export interface ContentName {
  readonly sha256: Sha256
  /** Of the plain content. */
  readonly sizeBytes: number
}

export interface StoredContent extends ContentName {
  /** Of the object in the store. */
  readonly storedBytes: number
}

export interface ContentReader {
  /** Of the plain content. */
  readonly sizeBytes: number
  /** Ends only when all of it was right; else it fails with `CorruptContentError`. */
  readonly body: Readable
}

export interface ReadOptions extends CallOptions {
  /** What the caller accepts; more throws `ContentTooLargeError` before it is decompressed. */
  readonly maxBytes?: number
}

export interface PutContentOptions extends CallOptions {
  /**
   * Called once the content is known and before the store is looked at, so that its owner can say that
   * it is about to be relied on. When it throws, nothing is stored and its error comes back.
   */
  readonly beforeStore?: (name: ContentName) => Promise<void>
}

export interface PutStreamOptions extends PutContentOptions {
  /** More throws `ContentTooLargeError` and stores nothing. Default no bound. */
  readonly maxBytes?: number
}

export interface ContentInfo {
  readonly sha256: Sha256
  /** When it was stored, by the store's clock. */
  readonly storedAt: Date
}

export interface ContentPage {
  readonly items: readonly ContentInfo[]
  /** `undefined` on the last page. */
  readonly nextCursor: string | undefined
}

/** Three times the largest text. */
const defaultMaxBytes = 64 * 1024 * 1024
/** Up to this `putStream` keeps everything in memory. */
const spooledAboveBytes = 1024 * 1024

/**
 * Contents by the SHA-256 of their bytes, compressed where that pays (`content-format.ts` is the
 * form). All methods may be called concurrently, from several processes on one store too; errors of
 * the store come through as they are, and an abort rejects with the signal's reason.
 *
 * A content that is put while another call deletes it may be gone afterwards: who deletes must know
 * that nobody is about to rely on it.
 */
export class ContentStore {
  readonly #store: BlobStore
  readonly #spoolDirectory: string

  constructor(options: ContentStoreOptions) {
    this.#store = options.store
    this.#spoolDirectory = options.spoolDirectory ?? tmpdir()
  }

  /**
   * Stores a content; durable when it resolves. One that is there already is read and checked, and
   * stored again only if it is damaged. The bytes must not be changed until the promise settles.
   */
  async put(bytes: Uint8Array, options: PutContentOptions = {}): Promise<StoredContent> {
    options.signal?.throwIfAborted()
    const sha256 = await sha256Of(bytes)
    const name = { sha256, sizeBytes: bytes.byteLength }
    await options.beforeStore?.(name)
    const read = (): Promise<unknown> =>
      this.get(sha256, { ...options, maxBytes: bytes.byteLength })
    const existing = await this.#findIntact(name, read, options)
    return existing ?? this.#write(name, await encodeObject(bytes), options)
  }

  /**
   * As `put`, for content of any size: no more than a few megabytes of it are in memory. Its stored
   * form goes through a file in the spool directory, because the key is known only at the end. An
   * error of the source comes back as it is. The signal is looked at between chunks, so whoever aborts
   * ends a source that has stalled.
   */
  async putStream(
    source: AsyncIterable<Uint8Array>,
    options: PutStreamOptions = {},
  ): Promise<StoredContent> {
    const chunks = bounded(source, options.maxBytes ?? Infinity, options.signal)
    try {
      const head = await takeUpTo(chunks, spooledAboveBytes)
      if (head.ended) return await this.put(head.bytes, options)
      await using spool = await Spool.open(this.#spoolDirectory)
      const { sha256, header } = await spoolContent(head.bytes, chunks, spool)
      return await this.#putSpooled(sha256, header, spool, options)
    } finally {
      await chunks.return(undefined)
    }
  }

  /**
   * The bytes of a content, checked. Throws `ContentNotFoundError`, `CorruptContentError` when what
   * is stored is not the content, and `ContentTooLargeError` above `maxBytes` (default 64 MiB).
   */
  async get(sha256: Sha256, options: ReadOptions = {}): Promise<Uint8Array> {
    const maxBytes = options.maxBytes ?? defaultMaxBytes
    const reader = await this.#open(sha256, options)
    if (reader.sizeBytes > maxObjectBytes(maxBytes)) {
      reader.body.destroy()
      throw new ContentTooLargeError(maxBytes)
    }
    return decodeObject(sha256, await collect(reader), maxBytes)
  }

  /**
   * As `get`, for content of any size. The caller reads the body to its end or destroys it, and
   * relies on nothing of it before its regular end. No bound unless `maxBytes` is given.
   */
  async getStream(sha256: Sha256, options: ReadOptions = {}): Promise<ContentReader> {
    const reader = await this.#open(sha256, options)
    const header = await openPayload(sha256, reader)
    if (header.plainBytes > (options.maxBytes ?? Infinity)) {
      reader.body.destroy()
      throw new ContentTooLargeError(options.maxBytes ?? Infinity)
    }
    return { sizeBytes: header.plainBytes, body: verifiedBody(sha256, header, reader.body) }
  }

  /**
   * As `getStream`, of the bytes from `start` up to and without `end` alone. What is stored as it is, is
   * read where it lies; what is compressed is read, and dropped, from its beginning. A part cannot be
   * checked by the hash of the whole. Throws `BlobRangeError` unless 0 ≤ start < end ≤ size.
   */
  async getRange(
    sha256: Sha256,
    range: ByteRange,
    options: CallOptions = {},
  ): Promise<ContentReader> {
    const reader = await this.#open(sha256, options)
    const { codec, plainBytes } = await openPayload(sha256, reader)
    const sizeBytes = range.end - range.start
    if (range.start < 0 || sizeBytes <= 0 || range.end > plainBytes) {
      reader.body.destroy()
      throw new BlobRangeError(objectKey(sha256), range, plainBytes)
    }
    if (codec === 'zstd') return { sizeBytes, body: decompressedPart(sha256, range, reader.body) }
    reader.body.destroy()
    const stored = { start: headerBytes + range.start, end: headerBytes + range.end }
    return this.#store.range(objectKey(sha256), stored, options)
  }

  /** A page of the contents that there are objects for, in the order of their hashes. */
  async list(query: CallOptions & { readonly cursor?: string } = {}): Promise<ContentPage> {
    const { items, nextCursor } = await this.#store.list({ ...query, prefix: keyPrefix })
    return {
      items: items.flatMap(({ key, modifiedAt }) => {
        const sha256 = findSha256(key.slice(keyPrefix.length))
        return sha256 ? [{ sha256, storedAt: modifiedAt }] : []
      }),
      nextCursor,
    }
  }

  /** Whether there is an object for the content. It is not read: `get` may still find it damaged. */
  async has(sha256: Sha256, options: CallOptions = {}): Promise<boolean> {
    return (await this.#store.head(objectKey(sha256), options)) !== undefined
  }

  /** Removes a content. Resolves also when there is none. */
  async delete(sha256: Sha256, options: CallOptions = {}): Promise<void> {
    await this.#store.delete(objectKey(sha256), options)
  }

  async #putSpooled(
    sha256: Sha256,
    header: ContentHeader,
    spool: Spool,
    options: PutContentOptions,
  ): Promise<StoredContent> {
    const name = { sha256, sizeBytes: header.plainBytes }
    await options.beforeStore?.(name)
    const existing = await this.#findIntact(name, () => this.#readThrough(name, options), options)
    if (existing) return existing
    const object = {
      sizeBytes: headerBytes + spool.sizeBytes,
      repeatable: true,
      open: () => withHeader(header, spool),
    }
    return this.#write(name, object, options)
  }

  async #open(sha256: Sha256, options: CallOptions): Promise<BlobReader> {
    try {
      return await this.#store.get(objectKey(sha256), options)
    } catch (error) {
      if (!(error instanceof BlobNotFoundError)) throw error
      throw new ContentNotFoundError(sha256, { cause: error })
    }
  }

  /**
   * The content if it is stored and `read` finds nothing wrong. `head` comes first because what it
   * shows is durable.
   */
  async #findIntact(
    { sha256, sizeBytes }: ContentName,
    read: () => Promise<unknown>,
    options: CallOptions,
  ): Promise<StoredContent | undefined> {
    const info = await this.#store.head(objectKey(sha256), options)
    if (!info) return undefined
    try {
      await read()
      return { sha256, sizeBytes, storedBytes: info.sizeBytes }
    } catch (error) {
      if (isDamaged(error)) return undefined
      throw error
    }
  }

  async #readThrough({ sha256, sizeBytes }: ContentName, options: CallOptions): Promise<void> {
    const { body } = await this.getStream(sha256, { ...options, maxBytes: sizeBytes })
    for await (const _chunk of body);
  }

  async #write(name: ContentName, object: BlobBody, options: CallOptions): Promise<StoredContent> {
    await this.#store.put(objectKey(name.sha256), object, options)
    return { ...name, storedBytes: bodySizeBytes(object) }
  }
}

/** Whether what lies under the hash cannot be read as its content; it may also have gone just now. */
function isDamaged(error: unknown): boolean {
  return (
    error instanceof CorruptContentError ||
    error instanceof ContentTooLargeError ||
    error instanceof ContentNotFoundError
  )
}

const keyPrefix = 'blobs/'

/** Throws a `TypeError` for what is no hash: a cast can get past the type. */
function objectKey(sha256: Sha256): BlobKey {
  return blobKey(`${keyPrefix}${sha256FromHex(sha256)}`)
}

async function collect(reader: BlobReader): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(reader.sizeBytes)
  let offset = 0
  for await (const chunk of reader.body as AsyncIterable<Uint8Array>) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes.subarray(0, offset)
}

async function* bounded(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted()
  let seenBytes = 0
  for await (const chunk of source) {
    signal?.throwIfAborted()
    seenBytes += chunk.byteLength
    if (seenBytes > maxBytes) throw new ContentTooLargeError(maxBytes)
    yield chunk
  }
}

/** Reads until there are more than `limitBytes` or there is no more; the rest stays in `chunks`. */
async function takeUpTo(
  chunks: AsyncGenerator<Uint8Array>,
  limitBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly ended: boolean }> {
  const taken: Uint8Array[] = []
  let takenBytes = 0
  while (takenBytes <= limitBytes) {
    const next = await chunks.next()
    if (next.done) return { bytes: Buffer.concat(taken), ended: true }
    taken.push(next.value)
    takenBytes += next.value.byteLength
  }
  return { bytes: Buffer.concat(taken), ended: false }
}

async function spoolContent(
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
  spool: Spool,
): Promise<{ readonly sha256: Sha256; readonly header: ContentHeader }> {
  const hash = new Sha256Stream()
  let plainBytes = 0
  const plain = async function* (): AsyncGenerator<Uint8Array> {
    const take = (chunk: Uint8Array): Uint8Array => {
      hash.update(chunk)
      plainBytes += chunk.byteLength
      return chunk
    }
    yield take(head)
    for await (const chunk of rest) yield take(chunk)
  }
  const write = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) await spool.append(chunk)
  }
  const codec = (await compressionPays(head)) ? 'zstd' : 'raw'
  if (codec === 'zstd') await pipeline(plain, compressStream(), write)
  else await write(plain())
  return { sha256: hash.digest(), header: { codec, plainBytes } }
}

async function* withHeader(header: ContentHeader, spool: Spool): AsyncGenerator<Uint8Array> {
  yield encodeHeader(header)
  yield* spool.read()
}
