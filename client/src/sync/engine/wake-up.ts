import type { Clock } from '../ports.ts'

/** Lets the one loop of the engine sleep until something has happened, and forgets nothing that happens meanwhile. */
export class WakeUp {
  #isRung = false
  #wake: (() => void) | undefined

  readonly ring = (): void => {
    this.#isRung = true
    this.#wake?.()
  }

  /** Until it rings, or has rung since the last sleep, or `ms` have passed, or `signal` is aborted. */
  async sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isRung || signal.aborted) {
      this.#isRung = false
      return
    }
    const timer = new AbortController()
    const rung = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    const stop = () => timer.abort()
    signal.addEventListener('abort', stop, { once: true })
    try {
      await Promise.race([rung, clock.delay(ms, timer.signal)])
    } finally {
      signal.removeEventListener('abort', stop)
      timer.abort()
      this.#wake = undefined
      this.#isRung = false
    }
  }
}
