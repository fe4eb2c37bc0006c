import { CloudSyncError, NetworkError } from '../errors.ts'
import type { SdkClock } from '../sdk-clock.ts'
import { RequestPace, type LimitName } from './request-pace.ts'
import type { RequestBody } from './request-body.ts'
import { retryDelayMs, type Repetition } from './retry-delay.ts'
import { sendOnce, type Fetch, type Method } from './send-once.ts'

/** Says who asks. */
export interface Authorizer {
  /** An access token that is good by what is known here. Throws a `CloudSyncError` of status 401 when there is none. */
  token(signal: AbortSignal | undefined): Promise<string>
  /** The server has refused `token`: another one, or `undefined` when there is none. */
  renew(token: string, signal: AbortSignal | undefined): Promise<string | undefined>
}

export interface HttpClientOptions {
  readonly url: URL
  readonly fetch: Fetch
  readonly clock: SdkClock
  /** In [0, 1). */
  readonly random: () => number
  readonly timeoutMs: number
  readonly maxAttempts: number
  readonly userAgent: string | undefined
}

export type QueryValue = string | number | boolean | undefined

export interface HttpRequest<T> {
  readonly method: Method
  /** Below the address of the server, as `/api/v1/me`. */
  readonly path: string
  readonly query?: Readonly<Record<string, QueryValue>> | undefined
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: RequestBody
  readonly repetition: Repetition
  readonly limit?: LimitName
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
  readonly maxAttempts?: number | undefined
  readonly expected?: readonly number[]
  readonly read: (answer: Response, heard: () => void) => Promise<T>
}

/** Requests to one server: who asks, how often, how fast, and what failures mean. */
export class HttpClient {
  readonly options: HttpClientOptions
  readonly #authorizer: Authorizer | undefined
  readonly #pace: RequestPace

  constructor(options: HttpClientOptions, authorizer?: Authorizer) {
    this.options = options
    this.#authorizer = authorizer
    this.#pace = new RequestPace(options.clock)
  }

  /** The same server, in the name of somebody. */
  withAuthorizer(authorizer: Authorizer): HttpClient {
    return new HttpClient(this.options, authorizer)
  }

  /** Sends, and again after failures that pass. */
  async send<T>(request: HttpRequest<T>): Promise<T> {
    const { clock, random, maxAttempts } = this.options
    const { repetition, signal } = request
    for (let failures = 1; ; failures++) {
      await clock.delay(this.#pace.waitMs(request.limit ?? 'api'), signal)
      try {
        return await this.#sendAuthorized(request)
      } catch (error) {
        const delayMs = retryDelayMs(error, { repetition, failures, random: random() })
        if (delayMs === undefined || failures >= (request.maxAttempts ?? maxAttempts)) throw error
        await clock.delay(delayMs, signal)
      }
    }
  }

  async #sendAuthorized<T>(request: HttpRequest<T>): Promise<T> {
    const authorizer = this.#authorizer
    if (!authorizer) return this.#sendAs(request, undefined)
    const token = await authorizer.token(request.signal)
    try {
      return await this.#sendAs(request, token)
    } catch (error) {
      if (!(error instanceof CloudSyncError && error.status === 401)) throw error
      const renewed = await authorizer.renew(token, request.signal)
      if (renewed === undefined) throw error
      return this.#sendAs(request, renewed)
    }
  }

  #sendAs<T>(request: HttpRequest<T>, token: string | undefined): Promise<T> {
    const { fetch, clock, timeoutMs, userAgent } = this.options
    const headers = new Headers()
    for (const [name, value] of Object.entries(request.headers ?? {}))
      if (value !== undefined) headers.set(name, value)
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
    if (userAgent !== undefined) headers.set('user-agent', userAgent)
    if (request.body?.mediaType !== undefined) headers.set('content-type', request.body.mediaType)
    const sender = { fetch, clock, onAnswer: (answer: Response) => this.#pace.note(answer) }
    return sendOnce(sender, {
      method: request.method,
      url: this.#urlOf(request),
      headers,
      body: request.body,
      signal: request.signal,
      timeoutMs: request.timeoutMs ?? timeoutMs,
      expected: request.expected ?? [],
      read: request.read,
    })
  }

  #urlOf({ path, query = {} }: Pick<HttpRequest<unknown>, 'path' | 'query'>): string {
    const url = new URL(this.options.url)
    // The server may lie below a path of its host.
    url.pathname = url.pathname.replace(/\/$/, '') + path
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value))
    return url.href
  }
}

/** Reads an answer of JSON; one of status 204 gives `undefined`. */
export async function readJson<T>(answer: Response): Promise<T> {
  if (answer.status === 204) return undefined as T
  let text: string
  try {
    text = await answer.text()
  } catch (cause) {
    throw new NetworkError('broken_off', 'The answer broke off', cause)
  }
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new NetworkError('broken_off', 'The answer is no JSON', cause)
  }
}

export async function readNothing(answer: Response): Promise<void> {
  await answer.body?.cancel()
}
