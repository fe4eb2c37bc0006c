/** How often all of the base may be read … */
const maxBaseReadings = 8
/** … and so much of a small one in any case. */
const minBaseReadBytes = 64 * 1024 * 1024

/** How much of its base a delta may read: nobody needs a base many times over. */
export class BaseAllowance {
  #leftBytes: number

  constructor(baseSizeBytes: number) {
    this.#leftBytes = baseSizeBytes * maxBaseReadings + minBaseReadBytes
  }

  /** Whether so many bytes may be read still; then they count. */
  take(bytes: number): boolean {
    if (bytes > this.#leftBytes) return false
    this.#leftBytes -= bytes
    return true
  }
}
