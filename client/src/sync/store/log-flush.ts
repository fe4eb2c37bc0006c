import { open } from 'node:fs/promises'
import { DiskError } from '../model/failures.ts'

/**
 * Brings the log of a database to the disk without holding anything up meanwhile. Who asks while it is under way waits
 * for the next time, together with all others who do.
 */
export class LogFlush {
  readonly #path: string | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  /** `databasePath`: `null` for one in memory, which has nothing to bring anywhere. */
  constructor(databasePath: string | null) {
    this.#path = databasePath === null ? undefined : `${databasePath}-wal`
  }

  /** Resolves when all that was committed by now stays after the power fails. Throws `DiskError`. */
  flush(): Promise<void> {
    if (this.#path === undefined) return Promise.resolve()
    if (!this.#running) {
      this.#running = this.#sync(this.#path).finally(() => {
        this.#running = undefined
      })
      return this.#running
    }
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.flush()
      })
    return this.#next
  }

  async #sync(path: string): Promise<void> {
    try {
      await using log = await open(path, 'r+')
      await log.datasync()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO'
      // Where there is none, all of it was brought into the database, which was synced.
      if (code !== 'ENOENT') throw new DiskError(code, 'the log of the database', error)
    }
  }
}
