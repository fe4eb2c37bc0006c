import type { CreatedInitialAccessToken, InitialAccessToken, UserId } from '@cloudsync/protocol'
import { sql, type Kysely, type SqlBool } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { hashSecret } from '#platform/secret-token.ts'

export interface InitialAccessTokensOptions {
  readonly db: Database
  readonly clock: Clock
  /** Has the provider make one, and gives the secret. */
  readonly make: (expiresInSeconds: number) => Promise<string>
}

/** Of the provider's records. */
const kind = 'InitialAccessToken'

/**
 * The tokens by which apps register themselves (RFC 7591 §3), as administrators keep them. Each is known by the
 * hash that is stored of it, which opens nothing.
 */
export class InitialAccessTokens {
  readonly #options: InitialAccessTokensOptions

  constructor(options: InitialAccessTokensOptions) {
    this.#options = options
  }

  /** Those that are good, in the order of their ids. */
  async list(after: string | undefined, limit: number): Promise<InitialAccessToken[]> {
    let query = this.#rows().orderBy('oauth_records.id_hash').limit(limit)
    if (after !== undefined)
      query = query.where('oauth_records.id_hash', '>', Buffer.from(after, 'hex'))
    return (await query.execute()).map(present)
  }

  async create(expiresInSeconds: number, actorId: UserId): Promise<CreatedInitialAccessToken> {
    const { db, make } = this.#options
    const token = await make(expiresInSeconds)
    const hash = hashSecret(token)
    const row = await inTransaction(db, async (tx) => {
      await tx
        .updateTable('oauth_records')
        .set({ payload: sql<string>`payload || jsonb_build_object('createdBy', ${actorId}::text)` })
        .where('kind', '=', kind)
        .where('id_hash', '=', hash)
        .execute()
      const payload = { tokenId: hash.toString('hex') }
      await appendEvent(tx, { type: 'registration_token.created', actorId, payload })
      return this.#rows(tx).where('oauth_records.id_hash', '=', hash).executeTakeFirstOrThrow()
    })
    return { ...present(row), token }
  }

  /** What has registered by it stays. Throws `not_found`. */
  async revoke(id: string, actorId: UserId): Promise<void> {
    const { db, clock } = this.#options
    await inTransaction(db, async (tx) => {
      const { numDeletedRows } = await tx
        .deleteFrom('oauth_records')
        .where('kind', '=', kind)
        .where('id_hash', '=', Buffer.from(id, 'hex'))
        .where('expires_at', '>', clock.now())
        .executeTakeFirst()
      if (numDeletedRows === 0n) throw new ProblemError('not_found')
      const payload = { tokenId: id }
      await appendEvent(tx, { type: 'registration_token.revoked', actorId, payload })
    })
  }

  #rows(db: Kysely<Schema> = this.#options.db.kysely) {
    return db
      .selectFrom('oauth_records')
      .leftJoin('users', (join) =>
        join.on(sql<SqlBool>`users.id::text = oauth_records.payload ->> 'createdBy'`),
      )
      .select([
        'oauth_records.id_hash as hash',
        'oauth_records.payload as payload',
        'oauth_records.expires_at as expiresAt',
        'users.name as createdBy',
      ])
      .where('oauth_records.kind', '=', kind)
      .where('oauth_records.expires_at', '>', this.#options.clock.now())
  }
}

interface Row {
  readonly hash: Buffer
  readonly payload: Readonly<Record<string, unknown>>
  readonly expiresAt: Date
  readonly createdBy: string | null
}

function present({ hash, payload, expiresAt, createdBy }: Row): InitialAccessToken {
  return {
    id: hash.toString('hex'),
    createdAt: new Date(Number(payload['iat']) * 1000).toISOString(),
    createdBy,
    expiresAt: expiresAt.toISOString(),
  }
}
