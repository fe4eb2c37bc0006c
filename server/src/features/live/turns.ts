import { setImmediate, setTimeout as pause } from 'node:timers/promises'

/**
 * Lets costly pieces of work run one at a time, however many people ask for them, and none for longer
 * than the others had the time since the last one.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs `work` when its turn comes. */
  run<T>(work: () => T): Promise<T> {
    const outcome = this.#last.then(() => this.#take(work))
    this.#last = outcome.then(
      ({ rested }) => rested,
      () => undefined,
    )
    return outcome.then(({ result }) => result)
  }

  #take<T>(work: () => T): { result: T; rested: Promise<unknown> } {
    const started = performance.now()
    const result = work()
    const tookMs = performance.now() - started
    return { result, rested: tookMs < 1 ? setImmediate() : pause(tookMs) }
  }
}
