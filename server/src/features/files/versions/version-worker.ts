import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { PeriodicWork } from '#platform/periodic-work.ts'
import type { ServedContents } from '../content/served-contents.ts'
import type { TextContents } from '../content/text-contents.ts'
import {
  markMissedVersionsDue,
  settleVersionLease,
  takeDueVersions,
  type VersionLease,
} from './version-dues.ts'
import type { VersionStore } from './version-store.ts'

export interface VersionWorkerOptions {
  readonly db: Database
  readonly texts: TextContents
  readonly versions: VersionStore
  readonly served: ServedContents
  readonly clock: Clock
  readonly log: Logger
}

const pollMs = 5_000
const tidyMs = 3_600_000
const batchSize = 10

/** Makes the versions that are due. Several workers, in several processes, share the work. */
export class VersionWorker implements AsyncDisposable {
  readonly #options: VersionWorkerOptions
  readonly #rounds: PeriodicWork

  constructor(options: VersionWorkerOptions) {
    this.#options = options
    this.#rounds = new PeriodicWork(options.log, 'the work on versions was put off')
  }

  /** Begins to look for work every few seconds, and for what an earlier process left undone. */
  start(): void {
    this.#rounds.enqueue(() => this.recoverMissed())
    this.#rounds.every(pollMs, () => this.runDue())
    this.#rounds.every(tidyMs, () => this.#options.served.removeOld())
  }

  /** Makes all versions that are due by now; gives how many texts were looked at. */
  async runDue(): Promise<number> {
    const { db, clock } = this.#options
    let count = 0
    while (!this.#rounds.isClosed) {
      const leases = await takeDueVersions(db.kysely, clock.now(), batchSize)
      if (leases.length === 0) break
      for (const lease of leases) await this.#makeVersion(lease)
      count += leases.length
    }
    return count
  }

  /** Makes due what was edited without being noted, since a process ended in between. */
  recoverMissed(): Promise<void> {
    return markMissedVersionsDue(this.#options.db.kysely, this.#options.clock.now())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#rounds[Symbol.asyncDispose]()
  }

  /** One that fails stays leased, and is tried again when the lease ends. */
  async #makeVersion(lease: VersionLease): Promise<void> {
    const { db, texts, versions, log } = this.#options
    try {
      const { nodeId, bytes, position } = await texts.read(lease.nodeId)
      await versions.ensure({ nodeId, reason: 'edit', bytes, position, isExempt: true })
      await settleVersionLease(db.kysely, lease)
    } catch (error) {
      log.warn({ err: error, nodeId: lease.nodeId }, 'a version could not be made')
    }
  }
}
