import { cpus } from 'node:os'
import { readCpuSeconds } from '../peers/process-usage.ts'

/**
 * Measures how many cores the rest of the machine kept busy: what all processors did, less what our own
 * processes did. Figures of rounds with much of it are worth little.
 */
export class ForeignLoad {
  readonly #roots: readonly number[]
  readonly #since = performance.now()
  readonly #busySeconds = busySeconds()
  readonly #ownSeconds: Promise<number | undefined>

  constructor(roots: readonly number[]) {
    this.#roots = roots
    this.#ownSeconds = readCpuSeconds(roots)
  }

  /** `undefined` where the system does not tell. */
  async cores(): Promise<number | undefined> {
    const before = await this.#ownSeconds
    const after = await readCpuSeconds(this.#roots)
    if (before === undefined || after === undefined) return undefined
    const seconds = (performance.now() - this.#since) / 1000
    return Math.max(0, (busySeconds() - this.#busySeconds - (after - before)) / seconds)
  }
}

function busySeconds(): number {
  return (
    cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) /
    1000
  )
}
