import type { BlobReader, BlobStore } from '../blob-store.ts'
import { BlobStoreUnavailableError } from '../blob-store-errors.ts'
import { InterceptedBlobStore } from './intercepted-blob-store.ts'
import type { BlobCall, BlobInterceptor } from './intercepted-blob-store.ts'

/** `trying`: one call is made, to see whether the store is back. */
export type BreakerState = 'closed' | 'trying' | 'open'

export interface BreakOptions {
  /** How many calls in a row must fail. Default 10. */
  readonly maxFailures?: number
  /** One that took so long to fail is enough: whoever came next would wait as long. Default 5,000. */
  readonly slowFailureMs?: number
  /** How long no call is made then. Default 5,000. */
  readonly pauseMs?: number
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: () => number
  /** Called with each change. Must not throw. */
  readonly onState?: (state: BreakerState) => void
  /** Called for each call that was not made. Must not throw. */
  readonly onRefused?: () => void
}

/**
 * Spares a store that is down, and its callers the wait for it (the pattern "circuit breaker"):
 *
 *     closed ──maxFailures in a row──▶ open ──after pauseMs──▶ half open ──the call succeeds──▶ closed
 *                                       ▲                          │
 *                                       └──────the call fails──────┘
 *
 * Open, every call fails at once with a retryable `BlobStoreUnavailableError`; half open, one call is
 * made and the others fail. A failure that took long opens it alone. Only what is retryable counts as a failure: every other answer shows that
 * the store is there.
 */
export class BreakingBlobStore extends InterceptedBlobStore {
  constructor(store: BlobStore, options: BreakOptions = {}) {
    super(store, new Breaker(options))
  }
}

class Breaker implements BlobInterceptor {
  readonly #maxFailures: number
  readonly #slowFailureMs: number
  readonly #pauseMs: number
  readonly #now: () => number
  readonly #onState: (state: BreakerState) => void
  readonly #onRefused: () => void
  #state: BreakerState = 'closed'
  #failures = 0
  /** When a call may try, unless it is closed. */
  #openUntil = -Infinity

  constructor(options: BreakOptions) {
    this.#maxFailures = options.maxFailures ?? 10
    this.#slowFailureMs = options.slowFailureMs ?? 5_000
    this.#pauseMs = options.pauseMs ?? 5_000
    this.#now = options.now ?? (() => performance.now())
    this.#onState = options.onState ?? (() => undefined)
    this.#onRefused = options.onRefused ?? (() => undefined)
  }

  async call<T>({ operation, signal }: BlobCall, run: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    this.#admit(operation)
    const startedAt = this.#now()
    try {
      const result = await run()
      this.#close()
      return result
    } catch (error) {
      this.#judge(error, signal, this.#now() - startedAt)
      throw error
    }
  }

  read(call: BlobCall, run: () => Promise<BlobReader>): Promise<BlobReader> {
    return this.call(call, run)
  }

  #admit(operation: string): void {
    if (this.#state === 'closed') return
    if (this.#now() < this.#openUntil) {
      this.#onRefused()
      throw new BlobStoreUnavailableError(operation, 'it has failed too often just now', {
        retryable: true,
      })
    }
    // The one that tries; the others go on failing until it is back, or as long again.
    this.#openUntil = this.#now() + this.#pauseMs
    this.#become('trying')
  }

  #judge(error: unknown, signal: AbortSignal | undefined, tookMs: number): void {
    // An abort, or a body that fails, says nothing of the store.
    if (signal?.aborted === true) return
    if (!(error instanceof BlobStoreUnavailableError && error.retryable)) return this.#close()
    this.#failures++
    const isEnough = this.#failures >= this.#maxFailures || tookMs >= this.#slowFailureMs
    if (this.#state === 'closed' && !isEnough) return
    this.#openUntil = this.#now() + this.#pauseMs
    this.#become('open')
  }

  #close(): void {
    this.#failures = 0
    this.#become('closed')
  }

  #become(state: BreakerState): void {
    if (this.#state === state) return
    this.#state = state
    this.#onState(state)
  }
}
