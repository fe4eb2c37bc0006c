import type { Logger } from 'pino'
import type { UploadSessions } from './upload-sessions.ts'

export interface UploadWorkerOptions {
  readonly sessions: UploadSessions
  readonly log: Logger
}

const intervalMs = 15 * 60_000

/** Drops the uploads that nobody goes on with. */
export class UploadWorker implements AsyncDisposable {
  readonly #options: UploadWorkerOptions
  #timer: NodeJS.Timeout | undefined
  #work: Promise<unknown> = Promise.resolve()

  constructor(options: UploadWorkerOptions) {
    this.#options = options
  }

  /** Begins, and goes on every quarter of an hour. */
  start(): void {
    const { sessions, log } = this.#options
    const run = () => {
      this.#work = this.#work
        .then(() => sessions.expire())
        .catch((error: unknown) => log.warn({ err: error }, 'old uploads could not be dropped'))
    }
    this.#timer ??= setInterval(run, intervalMs).unref()
    run()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#work
  }
}
