import type { Logger } from 'pino'
import { recountDue } from '#features/spaces/index.ts'
import { PeriodicWork } from '#platform/periodic-work.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { forgetOldKeys } from '#platform/http/idempotency.ts'
import { forgetDepartures } from './forget-departures.ts'
import type { Reviver } from './reviver.ts'
import { listExpiredTrash, purgeNode, type TrashParts } from './trash.ts'

export interface TreeWorkerOptions extends TrashParts {
  readonly reviver: Reviver
  readonly log: Logger
}

const tidyMs = 15 * 60_000
const batchSize = 100

/** Empties the trash of what has lain there long enough, forgets old idempotency keys and departures, counts spaces again. */
export class TreeWorker implements AsyncDisposable {
  readonly #options: TreeWorkerOptions
  readonly #rounds: PeriodicWork

  constructor(options: TreeWorkerOptions) {
    this.#options = options
    this.#rounds = new PeriodicWork(options.log, 'the trash could not be tidied')
  }

  /** Begins, with what an earlier process left undone. */
  start(): void {
    this.#rounds.enqueue(() => this.#options.reviver.reviveMissed())
    this.#rounds.every(tidyMs, () => this.tidy())
  }

  /** Gives the number of nodes that it has purged. */
  async tidy(): Promise<number> {
    const { db, clock } = this.#options
    await forgetOldKeys(db.kysely, clock.now())
    await forgetDepartures(db, clock.now())
    await recountDue(this.#options)
    let purged = 0
    while (!this.#rounds.isClosed) {
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.#rounds[Symbol.asyncDispose]()
  }
}
