import type { SessionId, TokenScope, UserId } from '@cloudsync/protocol'

/** Who is behind a document connection, and what they may do with it. */
export interface LiveMember {
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly name: string
  readonly color: string
  readonly kind: 'member' | 'guest'
  /** What the token allows that opened it, which may be less than its session does; unset: whatever that does. */
  readonly scopes?: ReadonlySet<TokenScope> | undefined
}
