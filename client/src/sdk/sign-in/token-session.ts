import { CloudSyncError } from '../errors.ts'
import type { Authorizer, HttpClient } from '../http/http-client.ts'
import { refreshTokens } from './refresh-tokens.ts'
import type { StoredTokens, TokenStore } from './token-store.ts'

export interface TokenSessionOptions {
  /** Requests in nobody's name. */
  readonly http: HttpClient
  readonly store: TokenStore
  /** Signs in anew where there is no sign-in, or it is over. */
  readonly signIn?: (() => Promise<StoredTokens>) | undefined
}

/** An access token that expires so soon is renewed first. */
const earlyMs = 60_000

/**
 * A sign-in that renews itself:
 *
 *     kept ──expires──▶ lock the store ─▶ another process was faster? ─ yes ─▶ take what it has saved
 *                                                │ no
 *                                                ▼
 *                                     renew ─▶ save the next refresh token ─▶ kept
 *
 * However many requests need a token at once, one of them renews it and the others wait for that.
 */
export class TokenSession implements Authorizer {
  readonly #options: TokenSessionOptions
  #tokens: StoredTokens | undefined
  /** What could not be saved; it is not used before it is. */
  #unsaved: StoredTokens | undefined
  /** The refresh token whose sign-in is over, and how the server said so. */
  #over: { readonly refreshToken: string | undefined; readonly error: CloudSyncError } | undefined
  #renewal: Promise<StoredTokens> | undefined

  constructor(options: TokenSessionOptions) {
    this.#options = options
  }

  async token(_signal?: AbortSignal): Promise<string> {
    const tokens = this.#tokens
    if (tokens && this.#isGood(tokens)) return tokens.accessToken
    return (await this.#renewOnce(undefined)).accessToken
  }

  async renew(refused: string): Promise<string | undefined> {
    const { accessToken } = await this.#renewOnce(refused)
    return accessToken === refused ? undefined : accessToken
  }

  /** The refresh token, for whoever ends the sign-in. */
  async current(): Promise<StoredTokens | undefined> {
    return this.#unsaved ?? (await this.#options.store.load())
  }

  async forget(): Promise<void> {
    this.#tokens = undefined
    this.#unsaved = undefined
    await this.#options.store.save(undefined)
  }

  #isGood({ accessTokenExpiresAt }: StoredTokens): boolean {
    return accessTokenExpiresAt - this.#options.http.options.clock.now() > earlyMs
  }

  /** Not bound to the signal of one of those who wait: a renewal that has begun is brought to its end. */
  #renewOnce(refused: string | undefined): Promise<StoredTokens> {
    this.#renewal ??= this.#exclusively(() => this.#renewNow(refused)).finally(() => {
      this.#renewal = undefined
    })
    return this.#renewal
  }

  #exclusively<T>(task: () => Promise<T>): Promise<T> {
    const { store } = this.#options
    return store.exclusively ? store.exclusively(task) : task()
  }

  async #renewNow(refused: string | undefined): Promise<StoredTokens> {
    const { http, store } = this.#options
    if (this.#unsaved) await this.#save(this.#unsaved)
    const kept = await store.load()
    if (!kept) return this.#signInAnew(signedOut('Nobody is signed in'), undefined)
    if (this.#over && this.#over.refreshToken === kept.refreshToken)
      return this.#signInAnew(this.#over.error, kept.refreshToken)
    if (kept.accessToken !== refused && this.#isGood(kept)) return this.#take(kept)
    try {
      return await this.#keep(await refreshTokens(http, kept))
    } catch (error) {
      if (!(error instanceof CloudSyncError && error.status === 401)) throw error
      // Without a lock another process may have renewed it long ago.
      const later = await store.load()
      if (later && later.refreshToken !== kept.refreshToken) return this.#take(later)
      return this.#signInAnew(error, kept.refreshToken)
    }
  }

  async #signInAnew(
    error: CloudSyncError,
    refreshToken: string | undefined,
  ): Promise<StoredTokens> {
    const { signIn } = this.#options
    if (!signIn) {
      this.#tokens = undefined
      this.#over = { refreshToken, error }
      throw error
    }
    return this.#keep(await signIn())
  }

  async #keep(tokens: StoredTokens): Promise<StoredTokens> {
    this.#unsaved = tokens
    try {
      await this.#save(tokens)
    } catch {
      // A full disk must not end a sign-in: the access token serves meanwhile, and the next renewal saves first.
    }
    return this.#take(tokens)
  }

  async #save(tokens: StoredTokens): Promise<void> {
    await this.#options.store.save(tokens)
    this.#unsaved = undefined
  }

  #take(tokens: StoredTokens): StoredTokens {
    this.#tokens = tokens
    this.#over = undefined
    return tokens
  }
}

function signedOut(detail: string): CloudSyncError {
  return new CloudSyncError('not_signed_in', { status: 401, title: 'Sign in first', detail })
}
