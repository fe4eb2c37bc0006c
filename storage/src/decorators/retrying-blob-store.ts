import { setTimeout } from 'node:timers/promises'
import type { BlobKey } from '../blob-key.ts'
import type {
  BlobBody,
  BlobInfo,
  BlobMultipart,
  BlobPage,
  BlobPart,
  BlobPresigner,
  BlobReader,
  BlobStore,
  BlobUpload,
  ByteRange,
  CallOptions,
  ListQuery,
  PutOptions,
  PutOutcome,
  StoreSpace,
} from '../blob-store.ts'
import { BlobStoreError } from '../blob-store-errors.ts'

export interface RetryOptions {
  /** How often a call is made at most, the first included. Default 5. */
  readonly maxAttempts?: number
  /** The bound of the first wait; it doubles with each. Default 100. */
  readonly baseDelayMs?: number
  /** The bound of every wait. Default 5,000. */
  readonly maxDelayMs?: number
  /** Resolves after `delayMs`, or rejects when the signal fires. Default a timer. */
  readonly wait?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>
  /** From 0 to below 1. Default `Math.random`. */
  readonly random?: () => number
}

/**
 * Repeats what failed with a `retryable` error, after a random wait below an exponentially growing
 * bound ("full jitter", https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
 * A body that can be read only once is not sent a second time, and a body that fails while it is
 * read is not resumed: only the opening of a `get` is repeated.
 */
export class RetryingBlobStore implements BlobStore {
  readonly supportsCreateIfAbsent: boolean
  readonly presigner: BlobPresigner | undefined
  readonly multipart: BlobMultipart
  readonly #store: BlobStore
  readonly #retry: Retry

  /** Owns `store`: disposing of this disposes of it. */
  constructor(store: BlobStore, options: RetryOptions = {}) {
    this.#store = store
    this.#retry = retryWith(options)
    this.supportsCreateIfAbsent = store.supportsCreateIfAbsent
    this.presigner = store.presigner
    this.multipart = new RetryingMultipart(store.multipart, this.#retry)
  }

  put(key: BlobKey, body: BlobBody, options?: PutOptions): Promise<PutOutcome> {
    return this.#retry(options, () => this.#store.put(key, body, options), body)
  }

  get(key: BlobKey, options?: CallOptions): Promise<BlobReader> {
    return this.#retry(options, () => this.#store.get(key, options))
  }

  range(key: BlobKey, range: ByteRange, options?: CallOptions): Promise<BlobReader> {
    return this.#retry(options, () => this.#store.range(key, range, options))
  }

  head(key: BlobKey, options?: CallOptions): Promise<BlobInfo | undefined> {
    return this.#retry(options, () => this.#store.head(key, options))
  }

  list(query?: ListQuery): Promise<BlobPage> {
    return this.#retry(query, () => this.#store.list(query))
  }

  delete(key: BlobKey, options?: CallOptions): Promise<void> {
    return this.#retry(options, () => this.#store.delete(key, options))
  }

  findSpace(): Promise<StoreSpace | undefined> {
    return this.#store.findSpace()
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#store[Symbol.asyncDispose]()
  }
}

class RetryingMultipart implements BlobMultipart {
  readonly #multipart: BlobMultipart
  readonly #retry: Retry

  constructor(multipart: BlobMultipart, retry: Retry) {
    this.#multipart = multipart
    this.#retry = retry
  }

  get limits(): BlobMultipart['limits'] {
    return this.#multipart.limits
  }

  create(key: BlobKey, options?: CallOptions): Promise<BlobUpload> {
    return this.#retry(options, () => this.#multipart.create(key, options))
  }

  putPart(
    upload: BlobUpload,
    partNumber: number,
    body: BlobBody,
    options?: CallOptions,
  ): Promise<BlobPart> {
    const send = (): Promise<BlobPart> => this.#multipart.putPart(upload, partNumber, body, options)
    return this.#retry(options, send, body)
  }

  complete(upload: BlobUpload, parts: readonly BlobPart[], options?: CallOptions): Promise<void> {
    return this.#retry(options, () => this.#multipart.complete(upload, parts, options))
  }

  abort(upload: BlobUpload, options?: CallOptions): Promise<void> {
    return this.#retry(options, () => this.#multipart.abort(upload, options))
  }
}

type Retry = <T>(
  options: CallOptions | undefined,
  attempt: () => Promise<T>,
  body?: BlobBody,
) => Promise<T>

function retryWith(options: RetryOptions): Retry {
  const { maxAttempts = 5, baseDelayMs = 100, maxDelayMs = 5_000 } = options
  const wait = options.wait ?? timer
  const random = options.random ?? Math.random
  return async (call, attempt, body) => {
    const repeatable = body === undefined || body instanceof Uint8Array || body.repeatable
    for (let failures = 0; ; failures++) {
      try {
        return await attempt()
      } catch (error) {
        const helps = error instanceof BlobStoreError && error.retryable && repeatable
        if (!helps || failures + 1 >= maxAttempts) throw error
        const delayMs = random() * Math.min(maxDelayMs, baseDelayMs * 2 ** failures)
        await waitOrAbort(wait(delayMs, call?.signal), call?.signal)
      }
    }
  }
}

/** An abort rejects with the signal's reason, which a timer wraps in an error of its own. */
async function waitOrAbort(waiting: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  try {
    await waiting
  } finally {
    signal?.throwIfAborted()
  }
}

async function timer(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await setTimeout(delayMs, undefined, signal ? { signal } : {})
}
