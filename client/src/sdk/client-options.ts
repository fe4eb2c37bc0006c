import type { Fetch } from './http/send-once.ts'
import type { SdkClock } from './sdk-clock.ts'
import type { PasswordCredentials } from './sign-in/password-sign-in.ts'
import type { TokenStore } from './sign-in/token-store.ts'

/** How to reach a server. */
export interface ServerOptions {
  /** Where the server is, as `https://cloud.example`; it may lie below a path. */
  readonly url: string | URL
  /** Default: that of the platform. */
  readonly fetch?: Fetch
  /** Default: the system's. */
  readonly clock?: SdkClock
  /** In [0, 1); default: `Math.random`. Spreads retries, nothing else. */
  readonly random?: () => number
  /** How long nothing may come or go before a request has failed. Default: 60 s. */
  readonly timeoutMs?: number
  /** How often a request is sent at most, the first time included. Default: 5. */
  readonly maxAttempts?: number
  /** Names the program in the list of sign-ins; browsers send their own name. */
  readonly userAgent?: string
}

export type Credentials =
  /** A personal access token, or a function that gives a token that is good by now. */
  | { readonly accessToken: string | (() => Promise<string>) }
  /** A sign-in that `signIn…` has made and that renews itself. */
  | { readonly tokens: TokenStore }
  /** Signs in when it is needed. `tokens` keeps the session, so that not each start makes another. */
  | (PasswordCredentials & { readonly tokens?: TokenStore })

export interface ClientOptions extends ServerOptions {
  readonly credentials: Credentials
  /** Default: that of the platform. Node 20 has none: pass that of the package `ws`. */
  readonly WebSocket?: typeof WebSocket
}
