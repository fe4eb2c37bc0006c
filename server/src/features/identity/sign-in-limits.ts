import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { ProblemError } from '#platform/problem-error.ts'
import { networkOf } from '#platform/http/limits/network-of.ts'

export interface SignInAttempt {
  readonly address: string
  /** As it was typed, in lower case; it need not belong to an account. */
  readonly email: string
}

/**
 * Slows down guessing. Only wrong passwords count, by the address they come from, by the account
 * they are for, and by both together.
 *
 * Whoever guesses at an account from many addresses uses up the account's allowance and could keep
 * its owner out for ever. So an address without a recent failure on that account is still heard then:
 * the right password, typed right the first time, always opens the door.
 */
export class SignInLimits {
  readonly #byAddress = new RateLimiterMemory({ points: 50, duration: 15 * 60 })
  readonly #byAccount = new RateLimiterMemory({ points: 100, duration: 60 * 60 })
  readonly #byBoth = new RateLimiterMemory({ points: 10, duration: 10 * 60 })
  readonly #lanes = new Map<string, Promise<unknown>>()

  /**
   * Runs `verify`, which tells whether the password is right, unless there were too many failures:
   * then it throws `rate_limited`. Attempts from one address on one account run one after the other,
   * so that guesses sent at once are counted like guesses sent in turn.
   */
  async run(attempt: SignInAttempt, verify: () => Promise<boolean>): Promise<boolean> {
    const network = networkOf(attempt.address)
    const both = `${network} ${attempt.email}`
    return this.#inLane(both, async () => {
      await this.#refuseTooMany(network, attempt.email, both)
      const isRight = await verify()
      if (isRight) await this.#byBoth.delete(both)
      else {
        await this.#byAddress.penalty(network)
        await this.#byAccount.penalty(attempt.email)
        await this.#byBoth.penalty(both)
      }
      return isRight
    })
  }

  async #refuseTooMany(network: string, email: string, both: string): Promise<void> {
    const failuresOfBoth = await this.#byBoth.get(both)
    refuseUsedUp(this.#byBoth, failuresOfBoth)
    refuseUsedUp(this.#byAddress, await this.#byAddress.get(network))
    if (failuresOfBoth) refuseUsedUp(this.#byAccount, await this.#byAccount.get(email))
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

function refuseUsedUp(limiter: RateLimiterMemory, failures: RateLimiterRes | null): void {
  if (!failures || failures.consumedPoints < limiter.points) return
  const seconds = Math.max(1, Math.ceil(failures.msBeforeNext / 1000))
  throw new ProblemError('rate_limited', {
    detail: `Too many wrong passwords; try again in ${seconds} s`,
    headers: { 'retry-after': String(seconds) },
  })
}
