import type { SessionId, TokenScope, UserId } from '@cloudsync/protocol'

/** Who makes a request, proven by a token or a cookie. */
export interface Caller {
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly isAdmin: boolean
  /** What the token may do; unset: whatever the account may. */
  readonly scopes?: ReadonlySet<TokenScope> | undefined
  /** May read what administrators read, and change nothing. */
  readonly isAuditor: boolean
}

export interface AdmitOptions {
  /** Also who has signed in and has to set up a second factor first; default: nobody of them. */
  readonly beforeSecondFactor?: boolean | undefined
}

/**
 * Finds out whom a token belongs to; throws a `ProblemError` of status 401 when nobody, and
 * `second_factor_setup_required`.
 */
export type Authenticate = (token: string, options?: AdmitOptions) => Promise<Caller>
