import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel'
import type { Registry } from 'prom-client'
import { meterBreaker, type BreakerMeter, type BreakerState } from './breaker-metrics.ts'

export interface BreakerOptions {
  /** Of what is called, in metrics and in errors. */
  readonly name: string
  readonly metrics?: Registry | undefined
  /** Whether an error shows that what is called cannot be used. Default: any. */
  readonly isFailure?: (error: unknown) => boolean
  /** How many calls in a row must fail. Default 5. */
  readonly maxFailures?: number
  /** How long nothing is called then. Default 1,000. */
  readonly pauseMs?: number
}

/** Nothing was called: it has failed too often just now. */
export class BreakerOpenError extends Error {
  override readonly name = 'BreakerOpenError'

  constructor(called: string) {
    super(`${called} is not called: it has failed too often just now`)
  }
}

/**
 * Spares what is down, and whoever would wait for it in vain (the pattern "circuit breaker"):
 *
 *     closed ──maxFailures in a row──▶ open ──after pauseMs──▶ half open ──the call succeeds──▶ closed
 *                                       ▲                          │
 *                                       └──────the call fails──────┘
 *
 * Open, and half open but for the one call that tries, every call fails at once.
 */
export class Breaker {
  readonly #name: string
  readonly #judge: TrippableJudge
  readonly #policy
  readonly #meter: BreakerMeter | undefined

  constructor(options: BreakerOptions) {
    const { name, metrics, isFailure = () => true, maxFailures = 5, pauseMs = 1_000 } = options
    this.#name = name
    this.#judge = new TrippableJudge(maxFailures)
    this.#policy = circuitBreaker(handleWhen(isFailure), {
      halfOpenAfter: pauseMs,
      breaker: this.#judge,
    })
    this.#meter = metrics && meterBreaker(metrics, name)
    this.#policy.onStateChange((state) => this.#meter?.onState(states[state]))
  }

  get isClosed(): boolean {
    return this.#policy.state === CircuitState.Closed
  }

  /** Throws what `call` throws, or `BreakerOpenError`. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    // Others would have to wait for the one that tries.
    if (this.#policy.state === CircuitState.HalfOpen) return this.#refuse()
    try {
      return await this.#policy.execute(call)
    } catch (error) {
      if (error instanceof BrokenCircuitError) return this.#refuse()
      throw error
    }
  }

  /**
   * Opens it at once: somebody has found out otherwise that what is called is down. `failure` is one by
   * `isFailure`. Does nothing while it is not closed.
   */
  async trip(failure: Error): Promise<void> {
    if (!this.isClosed) return
    this.#judge.isTripped = true
    await this.#policy.execute(() => Promise.reject(failure)).catch(() => undefined)
    this.#judge.isTripped = false
  }

  /** Not before others had their turn: whoever tries again and again without a pause would keep out all the rest. */
  async #refuse(): Promise<never> {
    this.#meter?.onRefused()
    await nextTurn()
    throw new BreakerOpenError(this.#name)
  }
}

/** Opens after so many failures in a row, or with the next. */
class TrippableJudge extends ConsecutiveBreaker {
  isTripped = false

  override failure(): boolean {
    return super.failure() || this.isTripped
  }
}

const states: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'trying',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
}
