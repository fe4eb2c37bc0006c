import { callbackify } from 'node:util'
import pg from 'pg'
import type { Breaker } from '../resilience/breaker.ts'

type Acquired = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void

export interface BreakingPoolOptions {
  readonly breaker: Breaker
  /** Throws while the database cannot be used. */
  readonly ping: () => Promise<void>
}

/**
 * A pool that gives no connection for a moment after it could not give one several times in a row: whoever
 * asks is refused at once then, and does not wait ten seconds for a database that is away.
 */
export class BreakingPool extends pg.Pool {
  readonly #options: BreakingPoolOptions

  constructor(config: pg.PoolConfig, options: BreakingPoolOptions) {
    super(config)
    this.#options = options
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback: Acquired): void
  override connect(callback?: Acquired): Promise<pg.PoolClient> | undefined {
    const { breaker, ping } = this.#options
    const acquire = () =>
      breaker.run(async () => {
        // Whoever tries whether it is back keeps all others waiting, and so is not to wait long.
        if (!breaker.isClosed) await ping()
        return super.connect()
      })
    if (!callback) return acquire()
    callbackify(acquire)((error, client) => {
      callback(error ?? undefined, client, (failure) => client.release(failure))
    })
    return undefined
  }
}
