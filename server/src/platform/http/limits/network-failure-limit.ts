import type { RedisLink } from '../../redis/redis-link.ts'
import { FailureLimit, type FailurePolicy } from './failure-limit.ts'
import { networkOf, wideFactor, wideNetworkOf } from './network-of.ts'

/** A `FailureLimit` of what comes from one network, which may be a small part of what somebody holds. */
export class NetworkFailureLimit {
  readonly #narrow: FailureLimit
  readonly #wide: FailureLimit

  /** With a Redis, all servers count together. */
  constructor(policy: FailurePolicy, redis?: RedisLink) {
    const { name, failures } = policy
    this.#narrow = new FailureLimit(policy, redis)
    this.#wide = new FailureLimit(
      { ...policy, name: `${name}:wide`, failures: failures * wideFactor },
      redis,
    )
  }

  /** Throws `rate_limited` after too many failures. */
  async admit(address: string): Promise<void> {
    await this.#narrow.admit(networkOf(address))
    const wide = wideNetworkOf(address)
    if (wide !== undefined) await this.#wide.admit(wide)
  }

  async add(address: string): Promise<void> {
    await this.#narrow.add(networkOf(address))
    const wide = wideNetworkOf(address)
    if (wide !== undefined) await this.#wide.add(wide)
  }

  /** As `run` of a `FailureLimit`. */
  run<T>(address: string, work: () => Promise<T | undefined>): Promise<T | undefined> {
    const wide = wideNetworkOf(address)
    return this.#narrow.run(networkOf(address), () =>
      wide === undefined ? work() : this.#wide.run(wide, work),
    )
  }
}
