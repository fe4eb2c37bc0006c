import { createHash } from 'node:crypto'
import type { RedisLink } from '../../redis/redis-link.ts'
import { ProblemError } from '../../problem-error.ts'
import { SharedLimiter } from './shared-limiter.ts'

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
    if (counted.count < this.#policy.failures) return true
    throw new ProblemError('rate_limited', {
      detail: `Too many ${this.#policy.what}; try again in ${counted.resetSeconds} s`,
      headers: { 'retry-after': String(counted.resetSeconds) },
    })
  }

  add(key: string): Promise<void> {
    return this.#counted.add(nameOf(key))
  }

  forget(key: string): Promise<void> {
    return this.#counted.forget(nameOf(key))
  }
}

/** Addresses of people are nothing for the keys of a Redis, and what somebody types may be long. */
function nameOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}
