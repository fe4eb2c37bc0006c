import { callbackify } from 'node:util'
import pg from 'pg'
import type { Breaker } from '../resilience/breaker.ts'

type Acquired = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void

/**
 * A pool that gives no connection for a moment after it could not give one several times in a row: whoever
 * asks is refused at once then, and does not wait ten seconds for a database that is away.
 */
export class BreakingPool extends pg.Pool {
  readonly #breaker: Breaker

  constructor(config: pg.PoolConfig, breaker: Breaker) {
    super(config)
    this.#breaker = breaker
  }

  override connect(): Promise<pg.PoolClient>
  override connect(callback: Acquired): void
  override connect(callback?: Acquired): Promise<pg.PoolClient> | undefined {
    const acquire = () => this.#breaker.run(() => super.connect())
    if (!callback) return acquire()
    callbackify(acquire)((error, client) => {
      callback(error ?? undefined, client, (failure) => client.release(failure))
    })
    return undefined
  }
}
