import type { Logger } from 'pino'
import { PeriodicWork } from '#platform/periodic-work.ts'
import type { UploadSessions } from './upload-sessions.ts'

export interface UploadWorkerOptions {
  readonly sessions: UploadSessions
  readonly log: Logger
}

const intervalMs = 15 * 60_000

/** Drops the uploads that nobody goes on with. */
export class UploadWorker implements AsyncDisposable {
  readonly #sessions: UploadSessions
  readonly #rounds: PeriodicWork

  constructor(options: UploadWorkerOptions) {
    this.#sessions = options.sessions
    this.#rounds = new PeriodicWork(options.log, 'old uploads could not be dropped')
  }

  /** Begins, and goes on every quarter of an hour. */
  start(): void {
    const expire = () => this.#sessions.expire()
    this.#rounds.enqueue(expire)
    this.#rounds.every(intervalMs, expire)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#rounds[Symbol.asyncDispose]()
  }
}
