import type { SessionId, TokenScope, UserId } from '@cloudsync/protocol'

/** Who makes a request, proven by an access token. */
export interface Caller {
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly isAdmin: boolean
  /** What the token may do; unset: whatever the account may. */
  readonly scopes?: ReadonlySet<TokenScope> | undefined
  /** May read what administrators read, and change nothing. */
  readonly isAuditor: boolean
}

/** Finds out who a bearer token belongs to; throws a `ProblemError` of status 401 when nobody. */
export type Authenticate = (accessToken: string) => Promise<Caller>
