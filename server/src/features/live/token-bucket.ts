/** A token bucket: `ratePerSecond` tokens come in, at most `burst` are kept. It may go into debt. */
export class TokenBucket {
  readonly #ratePerMs: number
  readonly #burst: number
  #tokens: number
  #updatedAt: number

  constructor(options: { ratePerSecond: number; burst: number; nowMs: number }) {
    this.#ratePerMs = options.ratePerSecond / 1000
    this.#burst = options.burst
    this.#tokens = options.burst
    this.#updatedAt = options.nowMs
  }

  /** Whether the last call left at least half of a burst. */
  get isHalfFull(): boolean {
    return this.#tokens >= this.#burst / 2
  }

  /** Takes tokens and says how many milliseconds pass until the debt, if any, is paid. */
  take(tokens: number, nowMs: number): number {
    const refilled = this.#tokens + (nowMs - this.#updatedAt) * this.#ratePerMs
    this.#tokens = Math.min(this.#burst, refilled) - tokens
    this.#updatedAt = nowMs
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#ratePerMs)
  }
}
