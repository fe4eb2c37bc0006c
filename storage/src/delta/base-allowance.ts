import type { BaseRange } from './delta-format.ts'

/** How often all of the base may be read … */
const maxBaseReadings = 8
/** … and so much of a small one in any case. */
const minBaseReadBytes = 64 * 1024 * 1024
/** What a range counts at least: a few bytes take as long to find as the chunk that they are in. */
const minRangeBytes = 64 * 1024

/** How much of its base a delta may read: nobody needs a base many times over. */
export class BaseAllowance {
  #leftBytes: number

  constructor(baseSizeBytes: number) {
    this.#leftBytes = baseSizeBytes * maxBaseReadings + minBaseReadBytes
  }

  /** Whether these ranges may be read still; then they count. */
  take(...ranges: readonly BaseRange[]): boolean {
    const bytes = ranges.reduce(
      (sum, { start, end }) => sum + Math.max(minRangeBytes, end - start),
      0,
    )
    if (bytes > this.#leftBytes) return false
    this.#leftBytes -= bytes
    return true
  }
}
