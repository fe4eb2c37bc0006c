import type { Clock } from '../../sync/ports.ts'

/** So much may come at once after a pause, in seconds of the rate. */
const burstSeconds = 0.25

/** Lets bytes through at a rate that may be changed at any time. A token bucket. */
export class Throttle {
  readonly #clock: Clock
  #bytesPerSecond: number | null
  /** What may go through now; below zero where more went through than that. */
  #allowance = 0
  #countedAtMs: number

  constructor(clock: Clock, bytesPerSecond: number | null) {
    this.#clock = clock
    this.#bytesPerSecond = bytesPerSecond
    this.#countedAtMs = clock.now()
  }

  get isOpen(): boolean {
    return this.#bytesPerSecond === null
  }

  /** `null`: as fast as it goes. */
  set(bytesPerSecond: number | null): void {
    this.#count()
    // Who waits for what was let through at another rate waits no longer for it than a moment.
    this.#allowance = Math.max(this.#allowance, 0)
    this.#bytesPerSecond = bytesPerSecond
  }

  /** Resolves when so many bytes may go through. */
  async pass(bytes: number, signal?: AbortSignal): Promise<void> {
    this.#count()
    this.#allowance -= bytes
    while (this.#bytesPerSecond !== null && this.#allowance < 0) {
      const waitMs = Math.ceil((-this.#allowance / this.#bytesPerSecond) * 1000)
      await this.#clock.delay(Math.min(waitMs, longestWaitMs), signal)
      if (signal?.aborted) return
      this.#count()
    }
  }

  #count(): void {
    const nowMs = this.#clock.now()
    const passedMs = Math.max(0, nowMs - this.#countedAtMs)
    this.#countedAtMs = nowMs
    if (this.#bytesPerSecond === null) {
      this.#allowance = 0
      return
    }
    const most = this.#bytesPerSecond * burstSeconds
    this.#allowance = Math.min(most, this.#allowance + (passedMs * this.#bytesPerSecond) / 1000)
  }
}

/** A limit that is changed meanwhile counts at once. */
const longestWaitMs = 200
