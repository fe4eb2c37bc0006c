const tickMs = 100
/** How much the last tick counts: a second of garbage collection is no overload, three are. */
const weight = 0.3

/**
 * How late the event loop comes to what is due, smoothed. It is only watched while there is something to
 * do: a watch would wake an idle process ten times a second.
 */
export class LoopDelay {
  #delayMs = 0
  #timer: NodeJS.Timeout | undefined

  get ms(): number {
    return this.#delayMs
  }

  /** Watches as long as `isBusy` says so. May be called at any time. */
  watch(isBusy: () => boolean): void {
    if (this.#timer) return
    let expected = performance.now() + tickMs
    const tick = () => {
      const late = Math.max(0, performance.now() - expected)
      this.#delayMs += weight * (late - this.#delayMs)
      if (!isBusy() && this.#delayMs < 1) {
        this.#timer = undefined
        return
      }
      expected = performance.now() + tickMs
      this.#timer = setTimeout(tick, tickMs)
      this.#timer.unref()
    }
    this.#timer = setTimeout(tick, tickMs)
    this.#timer.unref()
  }
}
