import type { Logger } from 'pino'

/** What is done from time to time, one piece after the other. One that fails is logged, and the next comes all the same. */
export class PeriodicWork implements AsyncDisposable {
  readonly #log: Logger
  readonly #failure: string
  readonly #timers: NodeJS.Timeout[] = []
  #work: Promise<void> = Promise.resolve()
  #isClosed = false

  /** `failure` is what the log says of a piece that fails. */
  constructor(log: Logger, failure: string) {
    this.#log = log
    this.#failure = failure
  }

  /** Long work looks here, and ends early. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Does it once, after all that waits. */
  enqueue(piece: () => Promise<unknown>): void {
    this.#work = this.#work.then(() => this.#run(piece))
  }

  /** Does it again and again, for the first time when the interval is over. */
  every(intervalMs: number, piece: () => Promise<unknown>): void {
    if (this.#isClosed) return
    this.#timers.push(setInterval(() => this.enqueue(piece), intervalMs).unref())
  }

  /** Resolves when what is under way has ended; what waits is dropped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) clearInterval(timer)
    await this.#work
  }

  async #run(piece: () => Promise<unknown>): Promise<void> {
    if (this.#isClosed) return
    try {
      await piece()
    } catch (error) {
      this.#log.warn({ err: error }, this.#failure)
    }
  }
}
