import { createHash } from 'node:crypto'
import type { RedisLink } from '../../redis/redis-link.ts'
import { ProblemError } from '../../problem-error.ts'
import { SharedLimiter, type Counted } from './shared-limiter.ts'

export interface FailurePolicy {
  /** Of the count, among all servers. */
  readonly name: string
  /** What is counted, for people: `wrong passwords`. */
  readonly what: string
  readonly failures: number
  readonly windowSeconds: number
}

/**
 * Slows down guessing: what was wrong so often by one key is not looked at by that key any more, right or
 * wrong, until the window ends. Whoever waits for that does not make it longer.
 */
export class FailureLimit {
  readonly #policy: FailurePolicy
  readonly #counted: SharedLimiter

  /** With a Redis, all servers count together. */
  constructor(policy: FailurePolicy, redis?: RedisLink) {
    const { name, failures: requests, windowSeconds } = policy
    this.#policy = policy
    this.#counted = new SharedLimiter({ name, requests, windowSeconds }, redis)
  }

  /** Throws `rate_limited` after too many failures; otherwise gives whether there were any. */
  async admit(key: string): Promise<boolean> {
    const counted = await this.#counted.find(nameOf(key))
    if (!counted) return false
    if (counted.count >= this.#policy.failures) throw this.#tooMany(counted)
    return true
  }

  async add(key: string): Promise<void> {
    await this.#counted.add(nameOf(key))
  }

  /**
   * Runs `work`, which gives `undefined` for what is wrong, and throws `rate_limited` instead after too many failures.
   * It counts as one from before it is looked at, until it turns out not to be: guesses that are sent at once are
   * counted like guesses sent in turn, by all servers.
   */
  async run<T>(key: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    const name = nameOf(key)
    const counted = await this.#counted.add(name)
    if (counted.count > this.#policy.failures) throw this.#tooMany(counted)
    let isWrong = false
    try {
      const outcome = await work()
      isWrong = outcome === undefined
      return outcome
    } finally {
      if (!isWrong) await this.#counted.subtract(name)
    }
  }

  forget(key: string): Promise<void> {
    return this.#counted.forget(nameOf(key))
  }

  #tooMany({ resetSeconds }: Counted): ProblemError {
    return new ProblemError('rate_limited', {
      detail: `Too many ${this.#policy.what}; try again in ${resetSeconds} s`,
      headers: { 'retry-after': String(resetSeconds) },
    })
  }
}

/** Addresses of people are nothing for the keys of a Redis, and what somebody types may be long. */
function nameOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}
