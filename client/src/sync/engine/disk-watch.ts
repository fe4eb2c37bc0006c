import { DiskError } from '../model/failures.ts'
import type { Clock, Disk, DiskPath } from '../ports.ts'

export interface DiskWatchOptions {
  readonly disk: Disk
  readonly clock: Clock
  /** How long after a watch has ended the next one begins. */
  readonly pauseMs: number
  readonly onChange: (folder?: DiskPath) => void
}

/** Listens to what the disk tells, again and again: a watch that ends has missed something. */
export class DiskWatch {
  readonly #options: DiskWatchOptions
  #current = new AbortController()

  constructor(options: DiskWatchOptions) {
    this.#options = options
  }

  async run(signal: AbortSignal): Promise<void> {
    const { disk, clock, pauseMs, onChange } = this.#options
    while (!signal.aborted) {
      this.#current = new AbortController()
      try {
        const until = AbortSignal.any([signal, this.#current.signal])
        for await (const folder of disk.watch(until)) onChange(folder)
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
      }
      if (signal.aborted) return
      await clock.delay(pauseMs, signal)
      onChange()
    }
  }

  /** What it listens to is not what lies there now, such as the place where a disk was mounted since. */
  restart(): void {
    this.#current.abort()
  }
}
