import type { Logger } from 'pino'
import { PeriodicWork } from '#platform/periodic-work.ts'
import { pruneVersions, type PruneOptions } from './prune-versions.ts'
import { takeDuePrunes } from './version-prunes.ts'

export interface RetentionWorkerOptions extends Omit<PruneOptions, 'policy'> {
  /** `all`: every version stays. */
  readonly policy: PruneOptions['policy'] | 'all'
  readonly log: Logger
}

const intervalMs = 15 * 60_000
const batchSize = 50

/** Removes versions that need not stay. Workers of several servers share the files. */
export class RetentionWorker implements AsyncDisposable {
  readonly #options: RetentionWorkerOptions
  readonly #rounds: PeriodicWork

  constructor(options: RetentionWorkerOptions) {
    this.#options = options
    this.#rounds = new PeriodicWork(options.log, 'the removal of old versions was put off')
  }

  /** Begins to look every quarter of an hour. */
  start(): void {
    this.#rounds.every(intervalMs, () => this.prune())
  }

  /** Removes what may go by now; gives how many versions. */
  async prune(): Promise<number> {
    const { db, clock, policy, log } = this.#options
    if (policy === 'all') return 0
    let pruned = 0
    while (!this.#rounds.isClosed) {
      const nodeIds = await takeDuePrunes(db.kysely, clock.now(), batchSize)
      if (nodeIds.length === 0) break
      for (const nodeId of nodeIds)
        try {
          pruned += await pruneVersions({ db, clock, policy }, nodeId)
        } catch (error) {
          // It stays leased, and is tried again when that ends.
          log.warn({ err: error, nodeId }, 'old versions of a file could not be removed')
        }
    }
    if (pruned > 0) log.info({ versions: pruned }, 'versions removed by their age')
    return pruned
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#rounds[Symbol.asyncDispose]()
  }
}
