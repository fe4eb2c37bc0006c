import type { Me, Tokens } from '@cloudsync/protocol'
import { ApiError } from '../api/api-error.ts'
import { sendRequest, type Fetch } from '../api/send-request.ts'
import type { ExclusiveLock } from './exclusive-lock.ts'

/**
 * Who is signed in, for every tab of this browser.
 *
 *   starting ──▶ signedIn ◀──▶ signedOut
 *      └──▶ unreachable ──▶ (start again)
 *
 * The access token lives in memory, the refresh token in storage that tabs share. A refresh token is
 * used once, and using it twice ends the session (reuse detection), so that only one tab at a time
 * may refresh; it hands the access token to the others, who were waiting for the lock.
 */
export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'unreachable'; readonly error: ApiError }
  | { readonly kind: 'signedOut'; readonly why: 'never' | 'chosen' | 'ended' }
  | { readonly kind: 'signedIn'; readonly me: Me }

export interface RefreshTokenStore {
  read(): string | null
  write(token: string | null): void
  /** Calls `listener` when another tab has written. */
  onChanged(listener: (token: string | null) => void): void
}

/** Tells the other tabs of an access token. */
export interface TokenChannel {
  post(message: AccessToken): void
  onMessage(listener: (message: AccessToken) => void): void
}

export interface AccessToken {
  readonly token: string
  readonly expiresAt: number
}

export interface SessionOptions {
  readonly fetch: Fetch
  readonly refreshToken: RefreshTokenStore
  readonly channel: TokenChannel
  readonly lock: ExclusiveLock
  readonly now: () => number
}

/** A token with less left than this is renewed before it is used. */
const minimumLifeMs = 30_000

export class Session {
  readonly #options: SessionOptions
  readonly #listeners = new Set<() => void>()
  #state: SessionState = { kind: 'starting' }
  #access: AccessToken | undefined
  #refreshing: Promise<string> | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    options.channel.onMessage((access) => {
      this.#access = access
    })
    options.refreshToken.onChanged((token) => this.#followOtherTab(token))
  }

  get state(): SessionState {
    return this.#state
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Finds out who is signed in. May be called again: after `unreachable`, and when they have changed their name. */
  async start(): Promise<void> {
    if (this.#options.refreshToken.read() === null) {
      this.#become({ kind: 'signedOut', why: 'never' })
      return
    }
    try {
      await this.#loadMe()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      // A refused refresh has already signed out.
      if (this.#state.kind !== 'signedOut') this.#become({ kind: 'unreachable', error })
    }
  }

  /** Throws an `ApiError`: `wrong_credentials`, `second_factor_required`, `rate_limited`, `unreachable`. */
  async signIn(email: string, password: string): Promise<void> {
    await this.enter('/auth/sign-in', { email, password })
  }

  /** Ends the session in all tabs; the server is told as well as it can be. */
  async signOut(): Promise<void> {
    const refreshToken = this.#options.refreshToken.read()
    this.#forget('chosen')
    if (refreshToken === null) return
    await sendRequest(this.#options.fetch, '/auth/sign-out', {
      method: 'POST',
      body: { refreshToken },
    }).catch(() => undefined)
  }

  /** An access token that is good for a while yet. Throws an `ApiError` when there is none to be had. */
  async getAccessToken(): Promise<string> {
    const access = this.#access
    if (access && access.expiresAt - this.#options.now() > minimumLifeMs) return access.token
    return this.renewAccessToken(access?.token)
  }

  /** A token other than `used`, which the server would not take. Calls at the same time share one request. */
  async renewAccessToken(used: string | undefined): Promise<string> {
    this.#refreshing ??= this.#options
      .lock('refresh', () => this.#refresh(used))
      .finally(() => {
        this.#refreshing = undefined
      })
    return this.#refreshing
  }

  async #refresh(used: string | undefined): Promise<string> {
    // Another tab may have done it while this one waited for the lock.
    const access = this.#access
    if (access && access.token !== used && access.expiresAt > this.#options.now()) {
      return access.token
    }
    const refreshToken = this.#options.refreshToken.read()
    if (refreshToken === null) {
      this.#forget('ended')
      throw new ApiError('not_signed_in', { status: 401 })
    }
    try {
      const answer = await sendRequest(this.#options.fetch, '/auth/refresh', {
        method: 'POST',
        body: { refreshToken },
      })
      return this.#adopt((await answer.json()) as Tokens)
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#forget('ended')
      throw error
    }
  }

  /** Asks what answers with tokens, and signs in with them. Throws an `ApiError`. */
  async enter(path: string, body: unknown): Promise<void> {
    const answer = await sendRequest(this.#options.fetch, path, { method: 'POST', body })
    this.#adopt((await answer.json()) as Tokens)
    await this.#loadMe()
  }

  #adopt(tokens: Tokens): string {
    const expiresAt = this.#options.now() + tokens.expiresInSeconds * 1000
    this.#access = { token: tokens.accessToken, expiresAt }
    this.#options.refreshToken.write(tokens.refreshToken)
    this.#options.channel.post(this.#access)
    return tokens.accessToken
  }

  async #loadMe(): Promise<void> {
    const accessToken = await this.getAccessToken()
    const answer = await sendRequest(this.#options.fetch, '/me', { accessToken })
    this.#become({ kind: 'signedIn', me: (await answer.json()) as Me })
  }

  #forget(why: 'chosen' | 'ended'): void {
    this.#access = undefined
    this.#options.refreshToken.write(null)
    this.#become({ kind: 'signedOut', why })
  }

  #followOtherTab(token: string | null): void {
    if (token === null) {
      this.#access = undefined
      if (this.#state.kind !== 'signedOut') this.#become({ kind: 'signedOut', why: 'chosen' })
      return
    }
    if (this.#state.kind === 'signedOut') {
      this.#become({ kind: 'starting' })
      void this.start()
    }
  }

  #become(state: SessionState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
