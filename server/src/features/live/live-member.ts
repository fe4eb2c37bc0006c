import type { SessionId, UserId } from '@cloudsync/protocol'

/** Who is behind a document connection, and what they may do with it. */
export interface LiveMember {
  readonly userId: UserId
  readonly sessionId: SessionId
  readonly name: string
  readonly color: string
  readonly kind: 'member' | 'guest'
}
