import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible'
import type { RedisLink } from '../../redis/redis-link.ts'

export interface LimiterPolicy {
  readonly name: string
  readonly requests: number
  readonly windowSeconds: number
}

/** What is left of an allowance. */
export interface Allowance {
  readonly isUsedUp: boolean
  readonly remaining: number
  readonly resetSeconds: number
}

/** What was counted in a window that still goes on. */
export interface Counted {
  readonly count: number
  readonly resetSeconds: number
}

/**
 * Counts by key in windows. Servers that share a Redis count together; while it is away each goes on with a
 * count of its own, so that nobody waits and no limit is lifted.
 */
export class SharedLimiter {
  readonly policy: LimiterPolicy
  readonly #own: RateLimiterAbstract
  readonly #shared: RateLimiterAbstract | undefined
  readonly #redis: RedisLink | undefined

  constructor(policy: LimiterPolicy, redis?: RedisLink) {
    this.policy = policy
    const options = {
      points: policy.requests,
      duration: policy.windowSeconds,
      keyPrefix: `cloudsync:limit:${policy.name}`,
    }
    this.#own = new RateLimiterMemory(options)
    this.#redis = redis
    this.#shared =
      redis &&
      new RateLimiterRedis({
        ...options,
        storeClient: redis.client,
        useRedisPackage: true,
        rejectIfRedisNotReady: true,
        // Whoever has used it up is told without asking Redis again.
        inMemoryBlockOnConsumed: policy.requests + 1,
      })
  }

  /** What begins within the allowance is taken whole. */
  async take(key: string, count = 1): Promise<Allowance> {
    const shared =
      this.#shared && (await this.#askShared((limiter) => taken(limiter.consume(key, count))))
    const result = shared ?? (await taken(this.#own.consume(key, count)))
    const before = result.consumedPoints - count
    return {
      isUsedUp: isBlocked(result) || before >= this.policy.requests,
      remaining: Math.max(0, result.remainingPoints),
      resetSeconds: secondsOf(result),
    }
  }

  /** What is counted of a key by now; nothing is counted by asking. */
  async find(key: string): Promise<Counted | undefined> {
    const shared = await this.#askShared((limiter) => limiter.get(key))
    const found = shared === undefined ? await this.#own.get(key) : shared
    return found ? countedOf(found) : undefined
  }

  /**
   * Counts without asking whether there is anything left, and gives the count with this one; here too, for when Redis
   * goes away.
   */
  async add(key: string): Promise<Counted> {
    const own = await this.#own.penalty(key)
    return countedOf((await this.#askShared((shared) => shared.penalty(key))) ?? own)
  }

  /** Takes back what was added. */
  async subtract(key: string): Promise<void> {
    await this.#own.reward(key)
    await this.#askShared((shared) => shared.reward(key))
  }

  async forget(key: string): Promise<void> {
    await this.#own.delete(key)
    await this.#askShared((shared) => shared.delete(key))
  }

  /** `undefined`: there is none, or it cannot be asked. */
  async #askShared<T>(ask: (shared: RateLimiterAbstract) => Promise<T>): Promise<T | undefined> {
    const shared = this.#shared
    if (!shared) return undefined
    try {
      return await this.#redis?.run(() => ask(shared))
    } catch {
      return undefined
    }
  }
}

/** The library tells who is refused without asking Redis how long that is, and no count. */
function isBlocked({ consumedPoints }: RateLimiterRes): boolean {
  return consumedPoints === 0
}

function countedOf(result: RateLimiterRes): Counted {
  return { count: result.consumedPoints, resetSeconds: secondsOf(result) }
}

function secondsOf({ msBeforeNext }: RateLimiterRes): number {
  return Math.max(1, Math.ceil(msBeforeNext / 1000))
}

/** The library throws what it has counted when that is too much. */
async function taken(consumed: Promise<RateLimiterRes>): Promise<RateLimiterRes> {
  try {
    return await consumed
  } catch (rejection) {
    if (rejection instanceof RateLimiterRes) return rejection
    throw rejection
  }
}
