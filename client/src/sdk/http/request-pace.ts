import type { SdkClock } from '../sdk-clock.ts'

/** What a request is counted as by the server (docs/gateway.md, "Limits"). */
export type LimitName = 'api' | 'transfer'

/** `"api";r=12;t=34`: how many are left, and in how many seconds there are more. */
const allowanceForm = /^"([^"]*)";r=(\d+);t=(\d+)/

/**
 * Keeps within what the server allows (draft-ietf-httpapi-ratelimit-headers): when an answer says that nothing is left,
 * the next requests of that kind wait until there is more.
 */
export class RequestPace {
  readonly #clock: SdkClock
  readonly #closedUntil = new Map<string, number>()

  constructor(clock: SdkClock) {
    this.#clock = clock
  }

  note(answer: Response): void {
    const found = allowanceForm.exec(answer.headers.get('ratelimit') ?? '')
    if (!found) return
    const [, name = '', remaining, resetSeconds] = found
    if (Number(remaining) > 0) this.#closedUntil.delete(name)
    else this.#closedUntil.set(name, this.#clock.now() + Number(resetSeconds) * 1000)
  }

  /** How long a request has to wait by now. */
  waitMs(name: LimitName): number {
    return Math.max(0, (this.#closedUntil.get(name) ?? 0) - this.#clock.now())
  }
}
