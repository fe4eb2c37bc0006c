import {
  BlobStoreFullError,
  BlobStoreUnavailableError,
  sha256ToBytes,
  type ByteRange,
  type ContentName,
  type ContentReader,
  type ContentStore,
  type Sha256,
  type StoredContent,
} from '@cloudsync/storage'
import { sql } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { ProblemError } from '#platform/problem-error.ts'

/** How long bytes that nothing names yet are left alone. */
const leaseMs = 3_600_000
/** A store that is slow with a large content must not outlast its lease. */
const renewalMs = leaseMs / 4

export interface LeasedContentsOptions {
  readonly db: Database
  readonly content: ContentStore
  readonly clock: Clock
}

export interface PutOptions {
  readonly signal?: AbortSignal
  /** Called with what arrived, before anything is stored; what it throws comes back. */
  readonly verify?: ((name: ContentName) => void) | undefined
}

/**
 * The content store, as those use it who write: a content is leased before it is stored, so that the
 * collector does not take it away before a version names it. Throws `storage_full` and a retryable
 * `unavailable` where the store does.
 */
export class LeasedContents {
  readonly #options: LeasedContentsOptions

  constructor(options: LeasedContentsOptions) {
    this.#options = options
  }

  put(bytes: Uint8Array, options: PutOptions = {}): Promise<StoredContent> {
    return this.#leased(options, (store) => this.#options.content.put(bytes, store))
  }

  putStream(source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<StoredContent> {
    return this.#leased(options, (store) => this.#options.content.putStream(source, store))
  }

  get(sha256: Sha256): Promise<Uint8Array> {
    return translated(this.#options.content.get(sha256))
  }

  /** The whole content, or a part of it: neither is ever whole in memory. */
  open(sha256: Sha256, range?: ByteRange): Promise<ContentReader> {
    const { content } = this.#options
    return translated(range ? content.getRange(sha256, range) : content.getStream(sha256))
  }

  async #leased(
    { signal, verify }: PutOptions,
    put: (store: { beforeStore(name: ContentName): Promise<void> }) => Promise<StoredContent>,
  ): Promise<StoredContent> {
    let renewal: NodeJS.Timeout | undefined
    const beforeStore = async (name: ContentName) => {
      verify?.(name)
      await this.#lease(name)
      // What fails here is tried again; a version of bytes that are gone is refused by the database.
      renewal = setInterval(() => void this.#renew(name).catch(() => undefined), renewalMs)
    }
    try {
      return await translated(put({ beforeStore, ...(signal ? { signal } : {}) }))
    } finally {
      clearInterval(renewal)
    }
  }

  /** Waits for a collector that is about to take the content away; then it is stored anew. */
  async #lease({ sha256, sizeBytes }: ContentName): Promise<void> {
    await sql`
      INSERT INTO contents (sha256, size_bytes, leased_until)
      VALUES (${sha256ToBytes(sha256)}, ${sizeBytes}, ${this.#leaseEnd()})
      ON CONFLICT (sha256) DO UPDATE
        SET leased_until = greatest(contents.leased_until, excluded.leased_until)
    `.execute(this.#options.db.kysely)
  }

  async #renew({ sha256 }: ContentName): Promise<void> {
    await sql`
      UPDATE contents SET leased_until = greatest(leased_until, ${this.#leaseEnd()})
      WHERE sha256 = ${sha256ToBytes(sha256)}
    `.execute(this.#options.db.kysely)
  }

  #leaseEnd(): Date {
    return new Date(this.#options.clock.now().getTime() + leaseMs)
  }
}

async function translated<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (cause) {
    if (cause instanceof BlobStoreFullError) throw new ProblemError('storage_full', { cause })
    if (cause instanceof BlobStoreUnavailableError && cause.retryable)
      throw new ProblemError('unavailable', { cause, headers: { 'retry-after': '2' } })
    throw cause
  }
}
