import type { Logger } from 'pino'
import { recountDue } from '#features/spaces/index.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { forgetOldKeys } from '#platform/http/idempotency.ts'
import type { Reviver } from './reviver.ts'
import { listExpiredTrash, purgeNode, type TrashParts } from './trash.ts'

export interface TreeWorkerOptions extends TrashParts {
  readonly reviver: Reviver
  readonly log: Logger
}

const tidyMs = 15 * 60_000
const batchSize = 100

/** Empties the trash of what has lain there long enough, forgets old idempotency keys, counts spaces again. */
export class TreeWorker implements AsyncDisposable {
  readonly #options: TreeWorkerOptions
  #timer: NodeJS.Timeout | undefined
  #work: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: TreeWorkerOptions) {
    this.#options = options
  }

  /** Begins, with what an earlier process left undone. */
  start(): void {
    if (this.#timer || this.#isClosed) return
    this.#enqueue(() => this.#options.reviver.reviveMissed())
    this.#timer = setInterval(() => this.#enqueue(() => this.tidy()), tidyMs).unref()
  }

  /** Gives the number of nodes that it has purged. */
  async tidy(): Promise<number> {
    const { db, clock } = this.#options
    await forgetOldKeys(db.kysely, clock.now())
    await recountDue(this.#options)
    let purged = 0
    while (!this.#isClosed) {
      const ids = await listExpiredTrash(db.kysely, clock.now(), batchSize)
      if (ids.length === 0) break
      for (const id of ids) {
        try {
          await purgeNode(this.#options, id, null)
          purged += 1
        } catch (error) {
          // Somebody has restored it, or it went with its folder.
          if (!(error instanceof ProblemError)) throw error
        }
      }
    }
    return purged
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#work
  }

  #enqueue(work: () => Promise<unknown>): void {
    this.#work = this.#work
      .then(() => (this.#isClosed ? undefined : work()))
      .catch((error: unknown) =>
        this.#options.log.warn({ err: error }, 'the trash could not be tidied'),
      )
  }
}
