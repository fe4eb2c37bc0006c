import type { BlobReader, BlobStore } from '../blob-store.ts'
import { BlobStoreUnavailableError } from '../blob-store-errors.ts'
import { InterceptedBlobStore } from './intercepted-blob-store.ts'
import type { BlobCall, BlobInterceptor } from './intercepted-blob-store.ts'

export interface BreakOptions {
  /** How many calls in a row must fail. Default 10. */
  readonly maxFailures?: number
  /** How long no call is made then. Default 5,000. */
  readonly pauseMs?: number
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: () => number
}

/**
 * Spares a store that is down, and its callers the wait for it (the pattern "circuit breaker"):
 *
 *     closed ──maxFailures in a row──▶ open ──after pauseMs──▶ half open ──the call succeeds──▶ closed
 *                                       ▲                          │
 *                                       └──────the call fails──────┘
 *
 * Open, every call fails at once with a retryable `BlobStoreUnavailableError`; half open, one call is
 * made and the others fail. Only what is retryable counts as a failure: every other answer shows that
 * the store is there.
 */
export class BreakingBlobStore extends InterceptedBlobStore {
  constructor(store: BlobStore, options: BreakOptions = {}) {
    super(store, new Breaker(options))
  }
}

class Breaker implements BlobInterceptor {
  readonly #maxFailures: number
  readonly #pauseMs: number
  readonly #now: () => number
  #failures = 0
  /** Before this time no call is made. */
  #openUntil = -Infinity

  constructor(options: BreakOptions) {
    this.#maxFailures = options.maxFailures ?? 10
    this.#pauseMs = options.pauseMs ?? 5_000
    this.#now = options.now ?? (() => performance.now())
  }

  async call<T>({ operation, signal }: BlobCall, run: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    this.#admit(operation)
    try {
      const result = await run()
      this.#failures = 0
      this.#openUntil = -Infinity
      return result
    } catch (error) {
      this.#judge(error, signal)
      throw error
    }
  }

  read(call: BlobCall, run: () => Promise<BlobReader>): Promise<BlobReader> {
    return this.call(call, run)
  }

  #admit(operation: string): void {
    if (this.#failures < this.#maxFailures) return
    if (this.#now() < this.#openUntil)
      throw new BlobStoreUnavailableError(operation, 'it has failed too often just now', {
        retryable: true,
      })
    // The one that tries; the others go on failing until it is back, or as long again.
    this.#openUntil = this.#now() + this.#pauseMs
  }

  #judge(error: unknown, signal: AbortSignal | undefined): void {
    // An abort, or a body that fails, says nothing of the store.
    if (signal?.aborted === true) return
    if (error instanceof BlobStoreUnavailableError && error.retryable) {
      this.#failures++
      this.#openUntil = this.#now() + this.#pauseMs
    } else {
      this.#failures = 0
      this.#openUntil = -Infinity
    }
  }
}
