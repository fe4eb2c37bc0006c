import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { ProblemError } from '../problem-error.ts'
import type { Endpoint, EndpointLimit } from './endpoint.ts'

const defaultLimit: EndpointLimit = { requests: 1000, windowSeconds: 60 }

/** Counts requests per endpoint and caller; an endpoint with a limit of its own has a count of its own. */
export class RequestLimiter {
  readonly #limiters = new Map<string, RateLimiterMemory>()

  /** Takes one request from the caller's allowance; throws `rate_limited` when it is used up. */
  async take(endpoint: Endpoint, key: string): Promise<void> {
    const name = endpoint.limit ? `${endpoint.method} ${endpoint.path}` : 'all'
    const limiter = this.#limiter(name, endpoint.limit ?? defaultLimit)
    try {
      await limiter.consume(key)
    } catch (rejection) {
      if (!(rejection instanceof RateLimiterRes)) throw rejection
      const seconds = Math.max(1, Math.ceil(rejection.msBeforeNext / 1000))
      throw new ProblemError('rate_limited', {
        detail: `Try again in ${seconds} s`,
        headers: { 'retry-after': String(seconds) },
      })
    }
  }

  #limiter(name: string, limit: EndpointLimit): RateLimiterMemory {
    let limiter = this.#limiters.get(name)
    if (!limiter) {
      limiter = new RateLimiterMemory({ points: limit.requests, duration: limit.windowSeconds })
      this.#limiters.set(name, limiter)
    }
    return limiter
  }
}
