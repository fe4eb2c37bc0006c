import type { SessionId, SessionItem, UserId } from '@cloudsync/protocol'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { presentSession, selectSessionRows } from './session-rows.ts'
import type { Sessions } from './sessions.ts'

export interface SessionListOptions {
  readonly db: Database
  readonly clock: Clock
  readonly sessions: Sessions
}

/** Where somebody is signed in, for themselves. Tokens of programs are listed apart. */
export class SessionList {
  readonly #options: SessionListOptions

  constructor(options: SessionListOptions) {
    this.#options = options
  }

  /** The one used last first. */
  async list(caller: Caller): Promise<SessionItem[]> {
    const { db, clock } = this.#options
    const rows = await selectSessionRows(db.kysely, clock.now())
      .where('sessions.user_id', '=', caller.userId)
      .where('sessions.kind', '=', 'sign_in')
      .orderBy('sessions.last_used_at', 'desc')
      .limit(200)
      .execute()
    return rows.map((row) => presentSession(row, caller))
  }

  /** Throws `not_found`, also for a session of somebody else. */
  async end(userId: UserId, id: SessionId): Promise<void> {
    const { db, sessions } = this.#options
    const session = await db.kysely
      .selectFrom('sessions')
      .select('id')
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .where('kind', '=', 'sign_in')
      .executeTakeFirst()
    if (!session) throw new ProblemError('not_found')
    await sessions.end(id, 'revoked')
  }

  /** All but the caller's own. */
  async endOthers(caller: Caller): Promise<void> {
    const { db, sessions } = this.#options
    const ends = await inTransaction(db, (tx) =>
      sessions.markAllEnded(tx, caller.userId, { reason: 'revoked', except: caller.sessionId }),
    )
    sessions.announceEnds(ends)
  }
}
