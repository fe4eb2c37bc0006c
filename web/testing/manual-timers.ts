import type { LiveTimers } from '@cloudsync/client/live'

/** Timers that run when the test passes time. */
export class ManualTimers implements LiveTimers {
  #now = 0
  #timers: { readonly at: number; readonly callback: () => void }[] = []

  set(callback: () => void, ms: number): unknown {
    const timer = { at: this.#now + ms, callback }
    this.#timers.push(timer)
    return timer
  }

  clear(timer: unknown): void {
    this.#timers = this.#timers.filter((candidate) => candidate !== timer)
  }

  /** How long until each timer that is set, the next first. */
  get waits(): number[] {
    return this.#timers.map(({ at }) => at - this.#now).toSorted((a, b) => a - b)
  }

  pass(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0]
      if (!next || next.at > until) break
      this.#now = next.at
      this.clear(next)
      next.callback()
    }
    this.#now = until
  }
}
