import type { SessionId, TokenScope, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { networkOf } from '#platform/http/limits/network-of.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Client } from './client.ts'
import { lockAccountInUse } from './lock-account-in-use.ts'
import type { SessionEnd, Sessions } from './sessions.ts'

export interface AppSessionsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly sessions: Sessions
}

type AppSessionEndReason = 'revoked' | 'token_reused'

export interface NewAppSession {
  readonly userId: UserId
  readonly scopes: readonly TokenScope[]
  readonly expiresAt: Date
  readonly client: Client
}

/** What stands behind the tokens of an app that somebody has let in: what ends sessions, ends them. */
export class AppSessions {
  readonly #options: AppSessionsOptions

  constructor(options: AppSessionsOptions) {
    this.#options = options
  }

  /** Throws `not_signed_in` when the account is deactivated. */
  async start(tx: Transaction<Schema>, session: NewAppSession): Promise<SessionId> {
    const { userId, scopes, expiresAt, client } = session
    if (!(await lockAccountInUse(tx, userId))) throw new ProblemError('not_signed_in')
    const { userAgent } = client
    const network = networkOf(client.address)
    const { id } = await this.#options.sessions.insert(tx, {
      userId,
      scopes,
      expiresAt,
      userAgent,
      network,
    })
    return id
  }

  /** Whether it is theirs, and neither over nor void; whether it opens anything, `findSessionCaller` tells. */
  stands(id: SessionId, userId: UserId): Promise<boolean> {
    return this.#options.sessions.stands(id, userId)
  }

  /** Ends sessions; to end them again changes nothing. */
  async end(ids: readonly SessionId[], reason: AppSessionEndReason): Promise<void> {
    this.announceEnds(
      await inTransaction(this.#options.db, (tx) => this.markEnded(tx, ids, reason)),
    )
  }

  /** As part of a larger transaction; after its commit the caller must `announceEnds` of what this gave. */
  async markEnded(
    tx: Transaction<Schema>,
    ids: readonly SessionId[],
    reason: AppSessionEndReason,
  ): Promise<SessionEnd[]> {
    const ends = []
    for (const id of ids) ends.push(await this.#options.sessions.markEnded(tx, id, reason))
    return ends.filter((end) => end !== undefined)
  }

  announceEnds(ends: readonly SessionEnd[]): void {
    this.#options.sessions.announceEnds(ends)
  }

  /** Notes that the app is in use. */
  async touch(id: SessionId): Promise<void> {
    const { db, clock } = this.#options
    await db.kysely
      .updateTable('sessions')
      .set({ last_used_at: clock.now() })
      .where('id', '=', id)
      .execute()
  }
}
