import { timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import { errors, Provider, type Client } from 'oidc-provider'
import { FailureLimit } from '#platform/http/limits/failure-limit.ts'
import { NetworkFailureLimit } from '#platform/http/limits/network-failure-limit.ts'
import { networkOf } from '#platform/http/limits/network-of.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import { hashClientSecret } from '../clients/clients.ts'

const what = 'wrong secrets'
const byAddress = { name: 'client-secrets:address', what, failures: 50, windowSeconds: 15 * 60 }
const byBoth = { name: 'client-secrets:both', what, failures: 10, windowSeconds: 10 * 60 }

/**
 * Compares the secrets of clients with the hashes that are stored of them. Whoever sends wrong ones is not
 * heard for a while, by the address and by the client together, so that nobody else can shut a client out.
 */
export class ClientSecrets {
  readonly #byAddress: NetworkFailureLimit
  readonly #byBoth: FailureLimit

  /** With a Redis, all servers count together. */
  constructor(redis?: RedisLink) {
    this.#byAddress = new NetworkFailureLimit(byAddress, redis)
    this.#byBoth = new FailureLimit(byBoth, redis)
  }

  /** Of the request under way. Throws what the provider answers with 429. */
  async compare(client: Client, given: string): Promise<boolean> {
    const address = (Provider.ctx?.req as Request | undefined)?.ip ?? 'unknown'
    const both = `${networkOf(address)} ${client.clientId}`
    const hasFailed = await this.#admit(address, both)
    const isRight = isSame(client.clientSecret, hashClientSecret(given))
    if (!isRight) {
      await this.#byAddress.add(address)
      await this.#byBoth.add(both)
    } else if (hasFailed) await this.#byBoth.forget(both)
    return isRight
  }

  async #admit(address: string, both: string): Promise<boolean> {
    try {
      await this.#byAddress.admit(address)
      return await this.#byBoth.admit(both)
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      Provider.ctx?.set(error.headers)
      throw new TooManyFailures(error.detail)
    }
  }
}

/** 429 (RFC 6585 §4) in the form of RFC 6749 §5.2. */
class TooManyFailures extends errors.OIDCProviderError {
  constructor(description: string | undefined) {
    super(429, 'temporarily_unavailable')
    this.error_description = description
  }
}

function isSame(stored: string | undefined, given: string): boolean {
  const [one, other] = [Buffer.from(stored ?? ''), Buffer.from(given)]
  return one.length === other.length && timingSafeEqual(one, other)
}
