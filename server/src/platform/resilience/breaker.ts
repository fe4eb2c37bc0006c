import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel'
import { Counter, Gauge, type Registry } from 'prom-client'

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
  readonly #policy
  readonly #countRefusal: () => void

  constructor(options: BreakerOptions) {
    const { name, metrics, isFailure = () => true, maxFailures = 5, pauseMs = 1_000 } = options
    this.#name = name
    this.#policy = circuitBreaker(handleWhen(isFailure), {
      halfOpenAfter: pauseMs,
      breaker: new ConsecutiveBreaker(maxFailures),
    })
    this.#countRefusal = this.#observe(metrics)
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

  /** Not before others had their turn: whoever tries again and again without a pause would keep out all the rest. */
  async #refuse(): Promise<never> {
    this.#countRefusal()
    await nextTurn()
    throw new BreakerOpenError(this.#name)
  }

  #observe(metrics: Registry | undefined): () => void {
    if (!metrics) return () => undefined
    const { state, opened, refused } = metricsOf(metrics)
    const labels = { name: this.#name }
    state.set(labels, 0)
    opened.inc(labels, 0)
    refused.inc(labels, 0)
    this.#policy.onStateChange((now) => {
      state.set(labels, stateNumbers[now])
      if (now === CircuitState.Open) opened.inc(labels)
    })
    return () => refused.inc(labels)
  }
}

const stateNumbers: Readonly<Record<CircuitState, number>> = {
  [CircuitState.Closed]: 0,
  [CircuitState.HalfOpen]: 1,
  [CircuitState.Open]: 2,
  [CircuitState.Isolated]: 2,
}

interface BreakerMetrics {
  readonly state: Gauge
  readonly opened: Counter
  readonly refused: Counter
}

const known = new WeakMap<Registry, BreakerMetrics>()

function metricsOf(registry: Registry): BreakerMetrics {
  const found = known.get(registry)
  if (found) return found
  const common = { labelNames: ['name'], registers: [registry] }
  const made = {
    state: new Gauge({
      ...common,
      name: 'cloudsync_breaker_state',
      help: 'Circuit breakers: 0 closed, 1 half open, 2 open',
    }),
    opened: new Counter({
      ...common,
      name: 'cloudsync_breaker_opened_total',
      help: 'How often a circuit breaker has opened',
    }),
    refused: new Counter({
      ...common,
      name: 'cloudsync_breaker_refused_total',
      help: 'Calls that a circuit breaker has refused',
    }),
  }
  known.set(registry, made)
  return made
}
