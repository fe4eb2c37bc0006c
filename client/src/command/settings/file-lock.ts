import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'

const betweenTriesMs = 20

/**
 * A lock that the operating system lets go of when its process ends, however it ends: that of a SQLite database that is
 * held in an exclusive transaction. Node has none of its own, and a file that says who has the lock outlives `kill -9`.
 */
export class FileLock implements Disposable {
  readonly #database: DatabaseSync

  private constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** `undefined`: somebody else has it. */
  static tryAcquire(path: string): FileLock | undefined {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // SQLite would wait in a way that stops everything else of the process.
    const database = new DatabaseSync(path, { timeout: 0 })
    try {
      database.exec('BEGIN EXCLUSIVE')
      return new FileLock(database)
    } catch (error) {
      database.close()
      if (isBusy(error)) return undefined
      throw error
    }
  }

  /** As `tryAcquire`, once whoever has it is done, or `undefined` when that takes longer than `waitMs`. */
  static async acquire(path: string, waitMs: number): Promise<FileLock | undefined> {
    for (let waitedMs = 0; ; waitedMs += betweenTriesMs) {
      const lock = FileLock.tryAcquire(path)
      if (lock || waitedMs >= waitMs) return lock
      await setTimeout(betweenTriesMs)
    }
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close()
  }
}

const sqliteBusy = 5
const primaryCode = 0xff

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error &&
    'errcode' in error &&
    typeof error.errcode === 'number' &&
    (error.errcode & primaryCode) === sqliteBusy
  )
}
