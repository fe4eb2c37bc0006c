import type { Logger } from 'pino'
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
  #timer: NodeJS.Timeout | undefined
  #work: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: RetentionWorkerOptions) {
    this.#options = options
  }

  /** Begins to look every quarter of an hour. */
  start(): void {
    if (this.#timer || this.#isClosed) return
    this.#timer = setInterval(() => {
      this.#work = this.#work.then(() => this.#runQuietly())
    }, intervalMs)
    this.#timer.unref()
  }

  /** Removes what may go by now; gives how many versions. */
  async prune(): Promise<number> {
    const { db, clock, policy, log } = this.#options
    if (policy === 'all') return 0
    let pruned = 0
    while (!this.#isClosed) {
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#work
  }

  async #runQuietly(): Promise<void> {
    if (this.#isClosed) return
    try {
      await this.prune()
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the removal of old versions was put off')
    }
  }
}
