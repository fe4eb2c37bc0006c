import type { AdminSession, SessionId, UserId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import { containing } from '#platform/db/containing.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { presentSession, selectSessionRows } from '../session-rows.ts'
import type { Sessions } from '../sessions.ts'

export interface SessionAdministrationOptions {
  readonly db: Database
  readonly clock: Clock
  readonly sessions: Sessions
}

export interface SessionSearch {
  /** What the name or the e-mail address of the person contains; unset: everybody. */
  readonly text: string | undefined
  /** Unset: anybody's. */
  readonly userId: UserId | undefined
  /** The last one seen. */
  readonly after: SessionId | undefined
  readonly limit: number
}

/** Where people are signed in, and the tokens that act for them, for administrators. */
export class SessionAdministration {
  readonly #options: SessionAdministrationOptions

  constructor(options: SessionAdministrationOptions) {
    this.#options = options
  }

  /** The one that began last first. */
  async list(search: SessionSearch, caller: Pick<Caller, 'sessionId'>): Promise<AdminSession[]> {
    const { db, clock } = this.#options
    let query = selectSessionRows(db.kysely, clock.now())
      .leftJoin('personal_tokens', 'personal_tokens.session_id', 'sessions.id')
      .leftJoin('oauth_grants', 'oauth_grants.session_id', 'sessions.id')
      .leftJoin('oauth_clients', 'oauth_clients.id', 'oauth_grants.client_id')
      .select([
        'users.name as userName',
        'users.email as userEmail',
        'sessions.kind as kind',
        'personal_tokens.name as tokenName',
        sql<string | null>`oauth_clients.metadata ->> 'client_name'`.as('appName'),
      ])
      .orderBy('sessions.id', 'desc')
      .limit(search.limit)
    const { text, userId, after } = search
    if (after !== undefined) query = query.where('sessions.id', '<', after)
    if (userId !== undefined) query = query.where('sessions.user_id', '=', userId)
    if (text !== undefined) {
      const pattern = containing(text)
      query = query.where((or) =>
        or.or([or('users.name', 'ilike', pattern), or('users.email', 'ilike', pattern)]),
      )
    }
    return (await query.execute()).map((row) => ({
      ...presentSession(row, caller),
      userId: row.userId,
      userName: row.userName,
      userEmail: row.userEmail,
      kind: row.kind,
      tokenName: row.tokenName,
      appName: row.appName,
    }))
  }

  /** Throws `not_found`; to end one again changes nothing. */
  async end(id: SessionId, adminId: UserId): Promise<void> {
    const { db, sessions } = this.#options
    const end = await inTransaction(db, (tx) => sessions.markEnded(tx, id, 'revoked', adminId))
    if (!end) throw new ProblemError('not_found')
    sessions.announceEnd(end)
  }

  /** Signs somebody out wherever they are, but for where the caller is; tokens go on. Throws `not_found`. */
  async endAll(userId: UserId, caller: Pick<Caller, 'userId' | 'sessionId'>): Promise<void> {
    const { db, sessions } = this.#options
    const ends = await inTransaction(db, async (tx) => {
      // Sign-ins that are under way hold the row.
      const user = await tx
        .selectFrom('users')
        .select('id')
        .where('id', '=', userId)
        .forUpdate()
        .executeTakeFirst()
      if (!user) throw new ProblemError('not_found')
      const { userId: by, sessionId: except } = caller
      return sessions.markAllEnded(tx, userId, { reason: 'revoked', except, by })
    })
    sessions.announceEnds(ends)
  }
}
