/**
 * After a refusal, or after too many repairs, a user may come back to that document only later, and each
 * time later still; who was not refused for a while starts over.
 */
export class RefusalBackOff {
  readonly #entries = new Map<string, { count: number; until: number }>()

  /** How long the user must still wait, in milliseconds. */
  remainingMs(key: string, nowMs: number): number {
    return Math.max(0, (this.#entries.get(key)?.until ?? 0) - nowMs)
  }

  refused(key: string, nowMs: number): void {
    const last = this.#entries.get(key)
    const count = last && nowMs - last.until < forgottenAfterMs ? last.count + 1 : 1
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (count - 1))
    this.#entries.delete(key)
    this.#entries.set(key, { count, until: nowMs + delayMs })
    const oldest = this.#entries.keys().next().value
    if (this.#entries.size > maxEntries && oldest !== undefined) this.#entries.delete(oldest)
  }
}

const firstDelayMs = 500
const maxDelayMs = 60_000
const forgottenAfterMs = 10 * 60_000
const maxEntries = 10_000
