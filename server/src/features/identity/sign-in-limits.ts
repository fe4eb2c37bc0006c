import { FailureLimit } from '#platform/http/limits/failure-limit.ts'
import { NetworkFailureLimit } from '#platform/http/limits/network-failure-limit.ts'
import { networkOf } from '#platform/http/limits/network-of.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'

export interface SignInAttempt {
  readonly address: string
  /** As it was typed, in lower case; it need not belong to an account. */
  readonly email: string
}

const what = 'wrong passwords'
const byAddress = { name: 'passwords:address', what, failures: 50, windowSeconds: 15 * 60 }
const byAccount = { name: 'passwords:account', what, failures: 100, windowSeconds: 60 * 60 }
const byBoth = { name: 'passwords:both', what, failures: 10, windowSeconds: 10 * 60 }

/**
 * Slows down guessing. Only wrong passwords count, by the address they come from, by the account
 * they are for, and by both together.
 *
 * Whoever guesses at an account from many addresses uses up the account's allowance and could keep
 * its owner out for ever. So an address without a recent failure on that account is still heard then:
 * the right password, typed right the first time, always opens the door.
 */
export class SignInLimits {
  readonly #byAddress: NetworkFailureLimit
  readonly #byAccount: FailureLimit
  readonly #byBoth: FailureLimit
  readonly #lanes = new Map<string, Promise<unknown>>()

  /** With a Redis, all servers count together. */
  constructor(redis?: RedisLink) {
    this.#byAddress = new NetworkFailureLimit(byAddress, redis)
    this.#byAccount = new FailureLimit(byAccount, redis)
    this.#byBoth = new FailureLimit(byBoth, redis)
  }

  /**
   * Runs `verify`, which tells whether the password is right, unless there were too many failures:
   * then it throws `rate_limited`. Attempts from one address on one account run one after the other,
   * so that guesses sent at once are counted like guesses sent in turn.
   */
  async run(attempt: SignInAttempt, verify: () => Promise<boolean>): Promise<boolean> {
    const { address, email } = attempt
    const both = `${networkOf(address)} ${email}`
    return this.#inLane(both, async () => {
      const hasFailed = await this.#byBoth.admit(both)
      await this.#byAddress.admit(address)
      if (hasFailed) await this.#byAccount.admit(email)
      const isRight = await verify()
      if (!isRight) {
        await this.#byAddress.add(address)
        await this.#byAccount.add(email)
        await this.#byBoth.add(both)
      } else if (hasFailed) await this.#byBoth.forget(both)
      return isRight
    })
  }

  async #inLane<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#lanes.get(key) ?? Promise.resolve()
    const run = before.then(task, task)
    this.#lanes.set(key, run)
    try {
      return await run
    } finally {
      if (this.#lanes.get(key) === run) this.#lanes.delete(key)
    }
  }
}
