import type { SessionId, SessionItem } from '@cloudsync/protocol'
import type { Database } from '#platform/db/database.ts'
import type { Caller } from '#platform/http/caller.ts'
import { validSessions } from './sessions.ts'

/** A session as lists show it. */
interface SessionRow {
  readonly sessionId: SessionId
  readonly userAgent: string
  readonly network: string
  readonly createdAt: Date
  readonly lastUsedAt: Date
}

/** Those that stand. */
export function selectSessionRows(db: Database['kysely'], now: Date) {
  return validSessions(db)
    .where('sessions.expires_at', '>', now)
    .select([
      'sessions.user_agent as userAgent',
      'sessions.network as network',
      'sessions.created_at as createdAt',
      'sessions.last_used_at as lastUsedAt',
    ])
}

/** `caller`: who asks, by one of the sessions perhaps. */
export function presentSession(row: SessionRow, caller: Pick<Caller, 'sessionId'>): SessionItem {
  return {
    id: row.sessionId,
    userAgent: row.userAgent,
    network: row.network,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt.toISOString(),
    isCurrent: row.sessionId === caller.sessionId,
  }
}
