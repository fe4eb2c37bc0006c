import { ApiError, isApiError } from './api-error.ts'
import { createUuid } from './create-uuid.ts'
import { sendRequest, type Fetch, type RequestOptions } from './send-request.ts'

const maxAttempts = 4

function isWorthRepeating(error: unknown): boolean {
  return isApiError(error, 'unreachable') || isApiError(error, 'unavailable')
}

/** The session that requests are made in. */
export interface SessionCheck {
  /** Asks whether it stands. Throws an `ApiError`, of status 401 when it is over. */
  check(): Promise<void>
}

/** REST calls of the person who is signed in. Every method throws an `ApiError`. */
export class ApiClient {
  readonly #fetch: Fetch
  readonly session: SessionCheck

  constructor(fetch: Fetch, session: SessionCheck) {
    this.#fetch = fetch
    this.session = session
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

  /**
   * Sends, and once more when the server does not know who asks and the session stands all the same. The session finds
   * out what it has to set up before anything else.
   */
  async send(path: string, options: RequestOptions): Promise<Response> {
    try {
      return await sendRequest(this.#fetch, path, options)
    } catch (error) {
      if (isApiError(error, 'second_factor_setup_required')) await this.session.check()
      if (!(error instanceof ApiError && error.status === 401)) throw error
      await this.session.check()
      return sendRequest(this.#fetch, path, options)
    }
  }
}
