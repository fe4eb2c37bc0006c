import { setImmediate, setTimeout as pause } from 'node:timers/promises'

/**
 * Lets costly pieces of work run one at a time, and none for longer than the others had the time since
 * the last one. People take turns, however much each of them asks for, and through how many connections.
 */
export class Turns {
  /** What waits of each, whoever's turn is next first. */
  readonly #waiting = new Map<string, (() => Promise<void>)[]>()
  /** The ends of the last jobs of each. */
  readonly #jobs = new Map<string, Promise<void>>()
  #isRunning = false

  /** Runs `work` when the turn of `who` comes. */
  run<T>(who: string, work: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const take = async () => {
      const started = performance.now()
      try {
        resolve(work())
      } catch (error) {
        reject(error)
      }
      const tookMs = performance.now() - started
      await (tookMs < 1 ? setImmediate() : pause(tookMs))
    }
    const own = this.#waiting.get(who)
    if (own) own.push(take)
    else this.#waiting.set(who, [take])
    void this.#runAll()
    return promise
  }

  /**
   * Runs a job of many turns, once those have ended that the same person has begun: each keeps all that
   * it has read of its work until its last turn.
   */
  async runJob<T>(who: string, job: () => Promise<T>): Promise<T> {
    const running = (this.#jobs.get(who) ?? Promise.resolve()).then(job)
    const ended = running.then(nothing, nothing)
    this.#jobs.set(who, ended)
    try {
      return await running
    } finally {
      if (this.#jobs.get(who) === ended) this.#jobs.delete(who)
    }
  }

  async #runAll(): Promise<void> {
    if (this.#isRunning) return
    this.#isRunning = true
    await Promise.resolve()
    for (let take = this.#next(); take; take = this.#next()) await take()
    this.#isRunning = false
  }

  #next(): (() => Promise<void>) | undefined {
    const [first] = this.#waiting
    if (!first) return undefined
    const [who, own] = first
    const take = own.shift()
    this.#waiting.delete(who)
    if (own.length > 0) this.#waiting.set(who, own)
    return take
  }
}

function nothing(): void {}
