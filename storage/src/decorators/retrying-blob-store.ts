import { setTimeout } from 'node:timers/promises'
import type { BlobReader, BlobStore } from '../blob-store.ts'
import { BlobStoreError } from '../blob-store-errors.ts'
import { InterceptedBlobStore } from './intercepted-blob-store.ts'
import type { BlobCall, BlobInterceptor } from './intercepted-blob-store.ts'

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
export class RetryingBlobStore extends InterceptedBlobStore {
  constructor(store: BlobStore, options: RetryOptions = {}) {
    super(store, new Retry(options))
  }
}

class Retry implements BlobInterceptor {
  readonly #maxAttempts: number
  readonly #baseDelayMs: number
  readonly #maxDelayMs: number
  readonly #wait: NonNullable<RetryOptions['wait']>
  readonly #random: () => number

  constructor(options: RetryOptions) {
    this.#maxAttempts = options.maxAttempts ?? 5
    this.#baseDelayMs = options.baseDelayMs ?? 100
    this.#maxDelayMs = options.maxDelayMs ?? 5_000
    this.#wait = options.wait ?? timer
    this.#random = options.random ?? Math.random
  }

  async call<T>({ body, signal }: BlobCall, attempt: () => Promise<T>): Promise<T> {
    const repeatable = body === undefined || body instanceof Uint8Array || body.repeatable
    for (let failures = 0; ; failures++) {
      try {
        return await attempt()
      } catch (error) {
        const helps = error instanceof BlobStoreError && error.retryable && repeatable
        if (!helps || failures + 1 >= this.#maxAttempts) throw error
        const bound = Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** failures)
        await waitOrAbort(this.#wait(this.#random() * bound, signal), signal)
      }
    }
  }

  read(call: BlobCall, attempt: () => Promise<BlobReader>): Promise<BlobReader> {
    return this.call(call, attempt)
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
