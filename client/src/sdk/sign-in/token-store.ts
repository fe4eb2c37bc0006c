/** What a sign-in is kept as. Secrets: whoever has them is signed in. */
export interface StoredTokens {
  /** Of whom they are to be renewed: the API, or the OAuth provider in the name of a client. */
  readonly issuedTo: 'session' | { readonly clientId: string }
  readonly accessToken: string
  /** Milliseconds since 1970, by the clock of this machine. */
  readonly accessTokenExpiresAt: number
  readonly refreshToken: string
}

/**
 * Where a sign-in outlives the process. Each refresh token is good once, so what is saved must be durable when `save`
 * resolves: it is called with the next one before that is used.
 */
export interface TokenStore {
  load(): Promise<StoredTokens | undefined>
  /** `undefined`: signed out. */
  save(tokens: StoredTokens | undefined): Promise<void>
  /**
   * Runs `task` while nobody else does who shares the store. Without it two processes may renew the same token at once,
   * which the server bears for 20 seconds.
   */
  exclusively?<T>(task: () => Promise<T>): Promise<T>
}

/** Keeps a sign-in as long as the process lives. */
export class MemoryTokenStore implements TokenStore {
  #tokens: StoredTokens | undefined

  constructor(tokens?: StoredTokens) {
    this.#tokens = tokens
  }

  load(): Promise<StoredTokens | undefined> {
    return Promise.resolve(this.#tokens)
  }

  save(tokens: StoredTokens | undefined): Promise<void> {
    this.#tokens = tokens
    return Promise.resolve()
  }
}
