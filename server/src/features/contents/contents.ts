import {
  chunkingV1,
  sha256Of,
  sha256ToBytes,
  type BlobStore,
  type ByteRange,
  type ChunkWorkers,
  type Sha256,
  makeDelta,
  type ChunkedContent,
} from '@cloudsync/storage'
import type { Transaction } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { isAnyDamaged } from './chunk-index.ts'
import { ContentDrafts, draftLeaseMs } from './content-drafts.ts'
import { ContentTooLargeError } from './content-errors.ts'
import type { ContentName, StoredContent } from './content-name.ts'
import { ContentReader, type OpenContent } from './content-reader.ts'
import { leaseContents } from './content-rows.ts'
import { contentLeaseMs, ContentWriter } from './content-writer.ts'
import type { ContentKeys } from './content-keys.ts'
import { Packer } from './packer.ts'
import { reuseContent } from './reused-contents.ts'
import { translated } from './store-problems.ts'

export interface ContentsOptions {
  readonly db: Database
  readonly store: BlobStore
  readonly keys: ContentKeys
  readonly workers: ChunkWorkers
  readonly clock: Clock
}

export interface PutOptions {
  readonly signal?: AbortSignal
  /** Called with what arrived, before it becomes a content; what it throws comes back. */
  readonly verify?: ((name: ContentName) => void) | undefined
}

/** What `get` gives at most: three times the largest text. */
const maxGetBytes = 64 * 1024 * 1024

/**
 * The bytes of files and of their versions, by the SHA-256 of the whole. They are cut into chunks, and a
 * chunk that is there already is not stored again; what is stored is compressed and sealed. A content that
 * was put is leased for an hour, so that the collector does not take it away before a version names it.
 *
 * Throws `storage_full` and a retryable `unavailable` where the store does.
 */
export class Contents {
  readonly #options: ContentsOptions
  /** Contents that arrive in parts. */
  readonly drafts: ContentDrafts
  readonly #writer: ContentWriter
  readonly #reader: ContentReader

  constructor(options: ContentsOptions) {
    this.#options = options
    const packer = new Packer(options)
    this.#writer = new ContentWriter(options, packer)
    this.#reader = new ContentReader(options)
    this.drafts = new ContentDrafts(options, { packer, writer: this.#writer, reader: this.#reader })
  }

  /** Stores a content that is in memory; durable when it resolves. The bytes must not be changed until then. */
  async put(bytes: Uint8Array, options: PutOptions = {}): Promise<StoredContent> {
    options.signal?.throwIfAborted()
    const name = { sha256: await sha256Of(bytes), sizeBytes: bytes.byteLength }
    options.verify?.(name)
    if (await this.#isStored(name.sha256)) return { ...name, storedBytes: 0 }
    if (bytes.byteLength <= chunkingV1.minBytes) return translated(this.#writer.putChunk(bytes))
    return this.putStream(piecesOf(bytes), options)
  }

  /** As `put`, with one write for all that are small. */
  async putAll(contents: readonly Uint8Array[]): Promise<StoredContent[]> {
    const small = contents.filter((bytes) => bytes.byteLength <= chunkingV1.minBytes)
    const stored = new Map<Uint8Array, StoredContent>()
    const put = await translated(this.#writer.putChunks(small))
    for (const [index, bytes] of small.entries()) stored.set(bytes, put[index] as StoredContent)
    for (const bytes of contents) if (!stored.has(bytes)) stored.set(bytes, await this.put(bytes))
    return contents.map((bytes) => stored.get(bytes) as StoredContent)
  }

  /**
   * As `put`, for content of any size: no more than some megabytes of it are in memory. An error of the
   * source comes back as it is, and leaves no content.
   */
  putStream(source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredContent> {
    return translated(this.#writer.putStream(source, options))
  }

  /**
   * Leases a content that is stored and intact, as far as is known, for as long as a draft is; else gives `false`.
   * Who asks must be allowed to read it.
   */
  reuse(tx: Transaction<Schema>, name: ContentName): Promise<boolean> {
    const until = new Date(this.#options.clock.now().getTime() + draftLeaseMs)
    return reuseContent(tx, name, until)
  }

  /** The bytes of a content, checked. Throws `ContentTooLargeError` above 64 MiB, and as `open`. */
  async get(sha256: Sha256): Promise<Uint8Array> {
    const { sizeBytes, body } = await this.open(sha256)
    if (sizeBytes > maxGetBytes) {
      body.destroy()
      throw new ContentTooLargeError(maxGetBytes)
    }
    const chunks: Uint8Array[] = []
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  /**
   * As `get` of each, with one read for all that are small and lie one behind the other. What cannot be read is left out,
   * and `get` says why.
   */
  async getAll(hashes: readonly Sha256[]): Promise<ReadonlyMap<Sha256, Uint8Array>> {
    return translated(this.#reader.readSmall([...new Set(hashes)]))
  }

  /** The whole content, or a part of it: neither is ever whole in memory. */
  open(sha256: Sha256, range?: ByteRange): Promise<OpenContent> {
    return translated(this.#reader.open(sha256, range))
  }

  /** How many bytes of one content lie in chunks that another does not have. */
  async countNewBytes(base: Sha256, target: Sha256): Promise<number> {
    const known = new Set<string>()
    for await (const { hash } of this.#reader.listChunks(base))
      known.add(Buffer.from(hash).toString('base64'))
    let bytes = 0
    for await (const { hash, plainBytes } of this.#reader.listChunks(target))
      if (!known.has(Buffer.from(hash).toString('base64'))) bytes += plainBytes
    return bytes
  }

  /**
   * The delta that makes one content from another. Throws as `open`, before and while it is read. Much is read
   * before its first step: what `signal` carries is thrown then too.
   */
  delta(base: ContentName, target: ContentName, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const { deltaWork } = this.#options.workers
    return makeDelta(this.#chunked(base, signal), this.#chunked(target, signal), deltaWork)
  }

  #chunked({ sha256, sizeBytes }: ContentName, signal: AbortSignal): ChunkedContent {
    return {
      sha256,
      sizeBytes,
      chunks: this.#reader.listChunks(sha256),
      read: async (start, end) => {
        signal.throwIfAborted()
        const { body } = await this.open(sha256, { start, end })
        return Buffer.concat(await Array.fromAsync(body as AsyncIterable<Uint8Array>))
      },
    }
  }

  /** Whether a content is there, and intact as far as is known; then it is leased. */
  async #isStored(sha256: Sha256): Promise<boolean> {
    const { db, clock } = this.#options
    const until = new Date(clock.now().getTime() + contentLeaseMs)
    const row = (await leaseContents(db.kysely, [sha256], until)).get(sha256)
    // Of a content of many chunks the chunks are looked at one by one, as they come.
    if (row?.manifestId !== undefined || !row) return false
    return !(await isAnyDamaged(db.kysely, [sha256ToBytes(sha256)]))
  }
}

const pieceBytes = 1024 * 1024

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += pieceBytes)
    yield bytes.subarray(at, at + pieceBytes)
}
