import type { RedisLink } from '../../redis/redis-link.ts'
import { ProblemError } from '../../problem-error.ts'
import type { Endpoint, EndpointLimit, HeaderMap } from '../endpoint.ts'
import { networkOf, wideFactor, wideNetworkOf } from './network-of.ts'
import { SharedLimiter, type Allowance, type LimiterPolicy } from './shared-limiter.ts'

export interface RequestLimiterOptions {
  /** Requests a minute of one user. Default 1,000. */
  readonly perMinute?: number
  /** Where servers count together; without it each counts alone. */
  readonly redis?: RedisLink | undefined
}

/** What decides how often a route may be asked. */
export type LimitedRoute = Pick<Endpoint, 'method' | 'path'> & {
  /** `socket`: it opens a live socket, and is counted with the others that do. */
  readonly limit: EndpointLimit | 'socket' | undefined
}

/** The bytes of many files come and go in many requests; what they may bring is bounded by quotas and budgets. */
const transferFactor = 10

/** A whole office comes back at once when a server was away; what a person may have open is bounded. */
const socketFactor = 10

/** A request may ask for a thousand operations, each of which is work of its own. */
const operationsFactor = 60

/** Counts requests per endpoint and caller; an endpoint with a limit of its own has a count of its own. */
export class RequestLimiter {
  readonly #byName = new Map<string, SharedLimiter>()
  readonly #byRoute = new WeakMap<LimitedRoute, SharedLimiter>()
  readonly #perMinute: number
  readonly #redis: RedisLink | undefined

  constructor({ perMinute = 1_000, redis }: RequestLimiterOptions = {}) {
    this.#perMinute = perMinute
    this.#redis = redis
  }

  /**
   * Takes one request from the caller's allowance, and gives the headers that tell what is left. Throws
   * `rate_limited` when it is used up.
   */
  take(route: LimitedRoute, key: string): Promise<HeaderMap> {
    return takeFrom(this.#limiterOf(route), key, 1)
  }

  /**
   * As `take`, for a stranger at an address: from the allowance of their network, and from that of the wider one which
   * may be theirs too.
   */
  async takeFrom(route: LimitedRoute, address: string | undefined): Promise<HeaderMap> {
    const headers = await this.take(route, networkOf(address ?? 'unknown'))
    const wide = wideNetworkOf(address ?? 'unknown')
    if (wide !== undefined) {
      const { name, requests, windowSeconds } = this.#policyOf(route)
      const wider = { name: `${name} /48`, requests: requests * wideFactor, windowSeconds }
      await takeFrom(this.#ensureLimiter(wider), wide, 1)
    }
    return headers
  }

  /** Takes the operations of a request from the caller's allowance. Throws `rate_limited` when it was used up before. */
  async takeOperations(key: string, count: number): Promise<void> {
    const requests = this.#perMinute * operationsFactor
    const limiter = this.#ensureLimiter({ name: 'operations', requests, windowSeconds: 60 })
    await takeFrom(limiter, key, count)
  }

  #limiterOf(route: LimitedRoute): SharedLimiter {
    let limiter = this.#byRoute.get(route)
    if (!limiter) {
      limiter = this.#ensureLimiter(this.#policyOf(route))
      this.#byRoute.set(route, limiter)
    }
    return limiter
  }

  #policyOf({ limit, method, path }: LimitedRoute): LimiterPolicy {
    const inAMinute = { requests: this.#perMinute, windowSeconds: 60 }
    if (limit === undefined) return { name: 'api', ...inAMinute }
    if (limit === 'transfer')
      return { name: 'transfer', ...inAMinute, requests: this.#perMinute * transferFactor }
    if (limit === 'socket')
      return { name: 'socket', ...inAMinute, requests: this.#perMinute * socketFactor }
    return { name: `${method.toUpperCase()} ${path}`, ...limit }
  }

  #ensureLimiter(policy: LimiterPolicy): SharedLimiter {
    let limiter = this.#byName.get(policy.name)
    if (!limiter) {
      limiter = new SharedLimiter(policy, this.#redis)
      this.#byName.set(policy.name, limiter)
    }
    return limiter
  }
}

async function takeFrom(limiter: SharedLimiter, key: string, count: number): Promise<HeaderMap> {
  const allowance = await limiter.take(key, count)
  const headers = describe(limiter.policy, allowance)
  if (!allowance.isUsedUp) return headers
  const seconds = allowance.resetSeconds
  throw new ProblemError('rate_limited', {
    detail: `Try again in ${seconds} s`,
    headers: { ...headers, 'retry-after': String(seconds) },
  })
}

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function describe(
  { name, requests, windowSeconds }: LimiterPolicy,
  { remaining, resetSeconds }: Allowance,
): HeaderMap {
  return {
    'ratelimit-policy': `"${name}";q=${requests};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${remaining};t=${resetSeconds}`,
  }
}
