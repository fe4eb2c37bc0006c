import {
  oauthScopes,
  tokenScopes,
  type ConnectedApp,
  type OAuthScope,
  type SessionId,
  type UserId,
} from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import { randomBytes } from 'node:crypto'
import type { Client, Identity } from '#features/identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'

export interface AppGrantsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly identity: Pick<Identity, 'appSessions'>
}

export interface NewAppGrant {
  readonly userId: UserId
  readonly clientId: string
  readonly scopes: readonly OAuthScope[]
  readonly resources: readonly string[]
  readonly client: Client
}

export interface AppGrant {
  readonly id: string
  readonly userId: UserId
  readonly clientId: string
  readonly sessionId: SessionId
  readonly scopes: readonly OAuthScope[]
  readonly resources: readonly string[]
  readonly createdAt: Date
}

/** However often its tokens are renewed, an app has to ask anew after this time. */
const grantTtlMs = 365 * 24 * 3600 * 1000

/**
 * What people have allowed apps. Each sign-in of an app is a grant of its own, so that the reuse of one's
 * refresh token ends that one alone. Behind each stands a session of identity, and whether that stands
 * decides.
 */
export class AppGrants {
  readonly #options: AppGrantsOptions

  constructor(options: AppGrantsOptions) {
    this.#options = options
  }

  /** Gives the id of the new grant, and remembers what was allowed. */
  async create(grant: NewAppGrant): Promise<string> {
    const { db, clock, identity } = this.#options
    const { userId, clientId, scopes, resources, client } = grant
    const id = randomBytes(24).toString('base64url')
    const now = clock.now()
    await inTransaction(db, async (tx) => {
      const sessionId = await identity.appSessions.start(tx, {
        userId,
        client,
        scopes: tokenScopes.filter((scope) => scopes.includes(scope)),
        expiresAt: new Date(now.getTime() + grantTtlMs),
      })
      await tx
        .insertInto('oauth_grants')
        .values({
          id,
          resources,
          scopes,
          created_at: now,
          session_id: sessionId,
          user_id: userId,
          client_id: clientId,
        })
        .execute()
      await remember(tx, grant)
      const payload = { clientId, scopes, sessionId }
      await appendEvent(tx, { type: 'app.allowed', actorId: userId, payload })
    })
    return id
  }

  /** One that stands. */
  async find(id: string): Promise<AppGrant | undefined> {
    const row = await this.#rows().where('id', '=', id).executeTakeFirst()
    return row && this.#standing(row)
  }

  async findBySession(sessionId: SessionId): Promise<AppGrant | undefined> {
    const row = await this.#rows().where('session_id', '=', sessionId).executeTakeFirst()
    return row && this.#standing(row)
  }

  /** Whether somebody has allowed an app all of this before. */
  async isRemembered(
    userId: UserId,
    clientId: string,
    scopes: readonly OAuthScope[],
  ): Promise<boolean> {
    const row = await this.#options.db.kysely
      .selectFrom('oauth_consents')
      .select('scopes')
      .where('user_id', '=', userId)
      .where('client_id', '=', clientId)
      .executeTakeFirst()
    return row !== undefined && scopes.every((scope) => row.scopes.includes(scope))
  }

  /** Ends a grant with all its tokens; to end it again changes nothing. */
  async end(id: string, reason: 'revoked' | 'token_reused'): Promise<void> {
    const row = await this.#rows().where('id', '=', id).executeTakeFirst()
    if (row) await this.#options.identity.appSessions.end([row.sessionId], reason)
  }

  /** Deletes a client with all that it was allowed by anybody, in a transaction. */
  async removeClient(
    clientId: string,
    note: (tx: Transaction<Schema>) => Promise<void>,
  ): Promise<void> {
    const { db, identity } = this.#options
    const ends = await inTransaction(db, async (tx) => {
      // The lock makes new grants wait until they find no client.
      await tx
        .selectFrom('oauth_clients')
        .select('id')
        .where('id', '=', clientId)
        .forUpdate()
        .execute()
      const rows = await tx
        .selectFrom('oauth_grants')
        .select('session_id')
        .where('client_id', '=', clientId)
        .execute()
      const ids = rows.map((row) => row.session_id)
      const ended = await identity.appSessions.markEnded(tx, ids, 'revoked')
      await tx.deleteFrom('oauth_clients').where('id', '=', clientId).execute()
      await note(tx)
      return ended
    })
    identity.appSessions.announceEnds(ends)
  }

  /** The apps that somebody has let in, by name. */
  async listApps(userId: UserId): Promise<ConnectedApp[]> {
    const { rows } = await sql<AppRow>`
      SELECT client.id, client.metadata ->> 'client_name' AS name,
        array_remove(array_agg(DISTINCT scope.name), NULL) AS scopes,
        count(DISTINCT g.id)::int AS connections,
        min(g.created_at) AS created_at, max(session.last_used_at) AS last_used_at
      FROM oauth_grants g
      JOIN sessions session ON session.id = g.session_id
      JOIN oauth_clients client ON client.id = g.client_id
      LEFT JOIN LATERAL unnest(g.scopes) AS scope (name) ON true
      WHERE g.user_id = ${userId} AND session.revoked_at IS NULL
        AND session.expires_at > ${this.#options.clock.now()}
      GROUP BY client.id ORDER BY name, client.id
    `.execute(this.#options.db.kysely)
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      scopes: oauthScopes.filter((scope) => row.scopes.includes(scope)),
      connectionCount: row.connections,
      createdAt: row.created_at.toISOString(),
      lastUsedAt: row.last_used_at.toISOString(),
    }))
  }

  /** Takes back all that somebody has allowed an app. Throws `not_found`. */
  async revokeApp(userId: UserId, clientId: string): Promise<void> {
    const { db } = this.#options
    const rows = await this.#rows()
      .where('user_id', '=', userId)
      .where('client_id', '=', clientId)
      .execute()
    const { numDeletedRows } = await db.kysely
      .deleteFrom('oauth_consents')
      .where('user_id', '=', userId)
      .where('client_id', '=', clientId)
      .executeTakeFirst()
    if (rows.length === 0 && numDeletedRows === 0n) throw new ProblemError('not_found')
    await this.#endSessions(rows)
  }

  async #endSessions(rows: readonly { readonly sessionId: SessionId }[]): Promise<void> {
    const ids = rows.map(({ sessionId }) => sessionId)
    if (ids.length > 0) await this.#options.identity.appSessions.end(ids, 'revoked')
  }

  async #standing(row: AppGrant): Promise<AppGrant | undefined> {
    // Who has to set up a second factor keeps what they allowed: meanwhile its tokens open nothing.
    const stands = await this.#options.identity.appSessions.stands(row.sessionId, row.userId)
    return stands ? row : undefined
  }

  #rows() {
    return this.#options.db.kysely
      .selectFrom('oauth_grants')
      .select([
        'id',
        'user_id as userId',
        'client_id as clientId',
        'session_id as sessionId',
        'scopes',
        'resources',
        'created_at as createdAt',
      ])
  }
}

interface AppRow {
  readonly id: string
  readonly name: string
  readonly scopes: readonly OAuthScope[]
  readonly connections: number
  readonly created_at: Date
  readonly last_used_at: Date
}

/** What was allowed before stays allowed. */
async function remember(
  tx: Transaction<Schema>,
  { userId, clientId, scopes }: NewAppGrant,
): Promise<void> {
  await tx
    .insertInto('oauth_consents')
    .values({ user_id: userId, client_id: clientId, scopes })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'client_id']).doUpdateSet({
        scopes: sql`ARRAY(SELECT DISTINCT unnest(oauth_consents.scopes || excluded.scopes))`,
      }),
    )
    .execute()
}
