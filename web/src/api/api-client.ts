import { ApiError, isApiError } from './api-error.ts'
import { createUuid } from './create-uuid.ts'
import { sendRequest, type Fetch, type RequestOptions } from './send-request.ts'

const maxAttempts = 4

function isWorthRepeating(error: unknown): boolean {
  return isApiError(error, 'unreachable') || isApiError(error, 'unavailable')
}

/** Where requests get their token from. */
export interface TokenSource {
  getAccessToken(): Promise<string>
  renewAccessToken(used: string): Promise<string>
}

/** REST calls of the person who is signed in. Every method throws an `ApiError`. */
export class ApiClient {
  readonly #fetch: Fetch
  readonly #tokens: TokenSource

  constructor(fetch: Fetch, tokens: TokenSource) {
    this.#fetch = fetch
    this.#tokens = tokens
  }

  async getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
    const response = await this.send(path, { signal })
    return (await response.json()) as T
  }

  async sendJson<T>(method: 'POST' | 'PUT' | 'PATCH', path: string, body: unknown): Promise<T> {
    const response = await this.send(path, { method, body })
    return (response.status === 204 ? undefined : await response.json()) as T
  }

  async delete(path: string): Promise<void> {
    await this.send(path, { method: 'DELETE' })
  }

  /**
   * A change that may be asked for again when no answer came, because the server does it once. Tries
   * for some seconds before it gives up.
   */
  async mutate<T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const idempotencyKey = createUuid(Date.now())
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await this.send(path, { method, body, idempotencyKey })
        return (response.status === 204 ? undefined : await response.json()) as T
      } catch (error) {
        if (!isWorthRepeating(error) || attempt === maxAttempts) throw error
        await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt))
      }
    }
  }

  /** Sends with a token, and once more with a fresh one when the server does not take it any more. */
  async send(path: string, options: RequestOptions): Promise<Response> {
    const accessToken = await this.#tokens.getAccessToken()
    try {
      return await sendRequest(this.#fetch, path, { ...options, accessToken })
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error
      const renewed = await this.#tokens.renewAccessToken(accessToken)
      return sendRequest(this.#fetch, path, { ...options, accessToken: renewed })
    }
  }

  get tokens(): TokenSource {
    return this.#tokens
  }
}
