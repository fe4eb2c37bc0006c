import type { SdkClock } from '../sdk-clock.ts'

/** Calls back when nothing has been heard of for so long; what takes long and goes on is left alone. */
export class SilenceLimit {
  readonly #clock: SdkClock
  readonly #over = new AbortController()
  #heardAt: number

  constructor(clock: SdkClock, limitMs: number, onSilent: () => void) {
    this.#clock = clock
    this.#heardAt = clock.now()
    void this.#watch(limitMs, onSilent)
  }

  heard = (): void => {
    this.#heardAt = this.#clock.now()
  }

  end(): void {
    this.#over.abort()
  }

  async #watch(limitMs: number, onSilent: () => void): Promise<void> {
    const { signal } = this.#over
    for (;;) {
      // A clock that was set back must not make it wait for hours.
      const leftMs = Math.min(limitMs, this.#heardAt + limitMs - this.#clock.now())
      if (leftMs <= 0) break
      await this.#clock.delay(leftMs, signal)
      if (signal.aborted) return
    }
    onSilent()
  }
}
