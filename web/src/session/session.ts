import type { Me } from '@cloudsync/protocol'
import { ApiError } from '../api/api-error.ts'
import { sendRequest, type Fetch } from '../api/send-request.ts'

/**
 * Who is signed in, for every tab of this browser.
 *
 *   starting ──▶ signedIn ◀──▶ signedOut
 *      └──▶ unreachable ──▶ (start again)
 *
 * The session is a cookie that no script can read and all tabs share. So that they know of each other, and a
 * browser in which nobody has signed in need not ask, they keep a marker: whose session it is.
 */
export type SessionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'unreachable'; readonly error: ApiError }
  | { readonly kind: 'signedOut'; readonly why: 'never' | 'chosen' | 'ended' }
  | { readonly kind: 'signedIn'; readonly me: Me }

/** Holds the id of who is signed in. No secret: the server knows them by the cookie alone. */
export interface SessionMarker {
  read(): string | null
  write(userId: string | null): void
  /** Calls `listener` when another tab has written. */
  onChanged(listener: (userId: string | null) => void): void
}

export interface SessionOptions {
  readonly fetch: Fetch
  readonly marker: SessionMarker
}

export class Session {
  readonly #options: SessionOptions
  readonly #listeners = new Set<() => void>()
  #state: SessionState = { kind: 'starting' }
  #checking: Promise<void> | undefined
  #leaving: Promise<unknown> | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    options.marker.onChanged((userId) => this.#followOtherTab(userId))
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
    if (this.#options.marker.read() === null) {
      this.#become({ kind: 'signedOut', why: 'never' })
      return
    }
    try {
      await this.check()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status !== 401) this.#become({ kind: 'unreachable', error })
    }
  }

  /** Throws an `ApiError`: `wrong_credentials`, `second_factor_required`, `rate_limited`, `unreachable`. */
  async signIn(email: string, password: string): Promise<void> {
    await this.enter('/auth/sign-in', { email, password })
  }

  /** Asks what signs in, and is signed in then. Throws an `ApiError`. */
  async enter(path: string, body: unknown): Promise<void> {
    // Its answer would take the new cookie away.
    await this.#leaving
    await sendRequest(this.#options.fetch, path, { method: 'POST', body })
    try {
      await this.#loadMe()
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error
      throw new ApiError(error.code, {
        status: error.status,
        title:
          'The browser did not keep the session: it takes no cookies, or this is not the address that the server is told of',
      })
    }
  }

  /** Ends the session in all tabs; the server is told as well as it can be. */
  async signOut(): Promise<void> {
    this.#forget('chosen')
    const request = sendRequest(this.#options.fetch, '/auth/sign-out', { method: 'POST' })
    this.#leaving = request.catch(() => undefined)
    await this.#leaving
  }

  /**
   * Asks whether the session stands, when something says that it does not; calls at the same time share one request.
   * Throws an `ApiError`, of status 401 when it is over.
   */
  check(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined
    })
    return this.#checking
  }

  async #check(): Promise<void> {
    try {
      await this.#loadMe()
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) this.#forget('ended')
      throw error
    }
  }

  async #loadMe(): Promise<void> {
    const answer = await sendRequest(this.#options.fetch, '/me')
    const me = (await answer.json()) as Me
    this.#leaveOther(me.id)
    this.#options.marker.write(me.id)
    this.#become({ kind: 'signedIn', me })
  }

  #forget(why: 'chosen' | 'ended'): void {
    this.#options.marker.write(null)
    this.#become({ kind: 'signedOut', why })
  }

  #followOtherTab(userId: string | null): void {
    if (userId === null) {
      if (this.#state.kind !== 'signedOut') this.#become({ kind: 'signedOut', why: 'chosen' })
      return
    }
    this.#leaveOther(userId)
    if (this.#state.kind === 'signedOut') {
      this.#become({ kind: 'starting' })
      void this.start()
    }
  }

  /** What one person saw is not for the next, who has signed in in another tab. */
  #leaveOther(userId: string): void {
    if (this.#state.kind === 'signedIn' && this.#state.me.id !== userId)
      this.#become({ kind: 'signedOut', why: 'chosen' })
  }

  #become(state: SessionState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
