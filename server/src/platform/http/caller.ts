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

/** Finds out whom a token, or the secret of a cookie, belongs to; throws a `ProblemError` of status 401 when nobody. */
export type Authenticate = (token: string) => Promise<Caller>
