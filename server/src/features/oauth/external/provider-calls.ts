import type { CustomFetch, CustomFetchOptions } from 'openid-client'
import type { Registry } from 'prom-client'
import { Breaker, BreakerOpenError } from '#platform/resilience/breaker.ts'

export interface ProviderCallsOptions {
  /** Of the provider. */
  readonly id: string
  /** For those of the circuit breaker. */
  readonly metrics?: Registry | undefined
  /** How long an answer may take, to its last byte. Default 10,000. */
  readonly timeoutMs?: number | undefined
  /** How long a provider is left alone that is down. Default 5,000. */
  readonly breakerPauseMs?: number | undefined
}

interface Fault {
  readonly cause?: unknown
  /** Whether it let us wait until our time was over. */
  readonly isSilent?: boolean
}

/** A provider cannot be reached, is silent or broken, or was just now and is left alone. */
class ProviderDownError extends Error {
  override readonly name = 'ProviderDownError'
  readonly isSilent: boolean

  constructor(message: string, { cause, isSilent = false }: Fault = {}) {
    super(message, { cause })
    this.isSilent = isSilent
  }
}

/** Whether this is why something failed: libraries put errors of their own around it. */
export function isProviderDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error instanceof ProviderDownError || isProviderDown(error.cause)
}

/**
 * All that is asked of one provider, behind a circuit breaker of its own. What it refuses (4xx) shows that it
 * works.
 */
export class ProviderCalls {
  /** In whole seconds. */
  readonly retryAfterSeconds: number
  readonly #breaker: Breaker
  readonly #timeoutMs: number

  constructor({ id, metrics, timeoutMs = 10_000, breakerPauseMs = 5_000 }: ProviderCallsOptions) {
    this.#timeoutMs = timeoutMs
    this.retryAfterSeconds = Math.ceil(breakerPauseMs / 1000)
    this.#breaker = new Breaker({ name: `sign-in:${id}`, metrics, pauseMs: breakerPauseMs })
  }

  /** Whether it has answered of late, as far as anybody knows. */
  get isUp(): boolean {
    return this.#breaker.isClosed
  }

  /** In the place of `fetch`; throws what `isProviderDown` knows. */
  readonly fetch: CustomFetch = async (url, options) => {
    try {
      return await this.#breaker.run(() => this.#ask(url, options))
    } catch (error) {
      if (error instanceof BreakerOpenError)
        throw new ProviderDownError(error.message, { cause: error })
      // Whoever waits for it in vain waits long: one is enough.
      if (error instanceof ProviderDownError && error.isSilent) await this.#breaker.trip(error)
      throw error
    }
  }

  async #ask(url: string, options: CustomFetchOptions): Promise<Response> {
    const signal = AbortSignal.timeout(this.#timeoutMs)
    try {
      const answer = await fetch(url, { ...options, signal } as RequestInit)
      const body = await answer.arrayBuffer()
      if (answer.status >= 500) throw new Error(`It has answered ${answer.status}`)
      return new Response(body.byteLength === 0 ? null : body, answer)
    } catch (cause) {
      const message = `${new URL(url).host} does not work`
      throw new ProviderDownError(message, { cause, isSilent: signal.aborted })
    }
  }
}
