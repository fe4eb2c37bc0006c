import { ApiError } from './api-error.ts'
import { sendRequest, type Fetch, type RequestOptions } from './send-request.ts'

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
