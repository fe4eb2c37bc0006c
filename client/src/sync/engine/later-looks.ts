import type { DiskPath } from '../ports.ts'
import { goneHoldMs } from '../scan/scan.ts'

/** What is being written now is often written by then. */
const soonMs = 250

interface Seen {
  /** Folders of which something could not be told yet. */
  readonly again: readonly DiskPath[]
  readonly isAnyGone: boolean
}

/**
 * Folders that are to be looked at again although nobody tells of them any more. One is forgotten only when it was
 * looked at, and waits no longer because of what is seen elsewhere meanwhile: what could not be read the first time
 * would else wait until everything is looked at.
 */
export class LaterLooks {
  readonly #folders = new Map<string, DiskPath>()
  #atMs = Infinity

  dueMs(nowMs: number): number {
    // A clock that was put back makes nothing wait for longer than it would have.
    const isTooFar = this.#atMs !== Infinity && this.#atMs - nowMs > goneHoldMs
    return isTooFar ? nowMs : this.#atMs
  }

  /** Those that are due. They stay until `looked` is told. */
  due(nowMs: number): readonly DiskPath[] {
    return nowMs >= this.dueMs(nowMs) ? [...this.#folders.values()] : []
  }

  /** `isAll`: what was due was looked at by then, or everything. */
  looked(nowMs: number, isAll: boolean, { again, isAnyGone }: Seen): void {
    const atMs = isAll ? Infinity : this.dueMs(nowMs)
    if (isAll) this.#folders.clear()
    for (const folder of again) this.#folders.set(JSON.stringify(folder), folder)
    const isAny = this.#folders.size > 0 || isAnyGone
    const waitMs = isAnyGone ? goneHoldMs : soonMs
    this.#atMs = isAny ? Math.min(atMs, nowMs + waitMs) : Infinity
  }
}
