import { errors, type Adapter, type AdapterPayload } from 'oidc-provider'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { hashSecret } from '#platform/secret-token.ts'
import { noteRepetition, type RefreshAnswers } from './refresh-answers.ts'

export interface RecordAdapterOptions {
  readonly db: Database
  readonly clock: Clock
  readonly answers: RefreshAnswers
  /** Ends a grant with all its tokens, of which one was used twice. */
  readonly endReused: (grantId: string) => Promise<void>
}

/** What its holder knows and the table does not. */
const secrets = ['jti', 'userCode'] as const

/**
 * Codes, refresh tokens and sign-ins under way, in PostgreSQL. Their names are stored hashed, so that nobody
 * who reads the table can use one.
 *
 * What may be used once is used up by one statement: `oidc-provider` reads first and writes later, and of
 * five requests at once with one refresh token each would get a successor of its own otherwise.
 */
export class RecordAdapter implements Adapter {
  readonly #kind: string
  readonly #options: RecordAdapterOptions

  constructor(kind: string, options: RecordAdapterOptions) {
    this.#kind = kind
    this.#options = options
  }

  async upsert(id: string, payload: AdapterPayload, expiresInSeconds: number): Promise<void> {
    const { db, clock } = this.#options
    const { grantId, userCode, uid } = payload
    const kept = Object.fromEntries(
      Object.entries(payload).filter(([name]) => !secrets.includes(name as never)),
    )
    const values = {
      payload: JSON.stringify(kept),
      grant_id: grantId ?? null,
      user_code_hash: userCode === undefined ? null : hashSecret(userCode),
      uid_hash: uid === undefined ? null : hashSecret(uid),
      expires_at: new Date(clock.now().getTime() + expiresInSeconds * 1000),
    }
    try {
      await db.kysely
        .insertInto('oauth_records')
        .values({ kind: this.#kind, id_hash: hashSecret(id), ...values })
        .onConflict((conflict) => conflict.columns(['kind', 'id_hash']).doUpdateSet(values))
        .execute()
    } catch (error) {
      // The grant was ended while a token of it was being made.
      if (hasCode(error, '23503')) throw new errors.InvalidGrant('the grant has ended')
      // NUL is nothing that PostgreSQL can keep.
      if (hasCode(error, '22P05')) throw new errors.InvalidRequest('NUL cannot be used')
      throw error
    }
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const row = await this.#rows().where('id_hash', '=', hashSecret(id)).executeTakeFirst()
    if (!row) return undefined
    const payload = { ...row.payload, jti: id }
    if (row.consumed_at === null) return payload
    // One that may be asked for again is stopped by `consume`, when all else about the request is right.
    if (this.#kind === 'RefreshToken' && (await this.#options.answers.isRepeatable(id)))
      return payload
    return { ...payload, ...consumption(row) }
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    const hash = hashSecret(userCode)
    const row = await this.#rows().where('user_code_hash', '=', hash).executeTakeFirst()
    return row && { ...row.payload, userCode, ...consumption(row) }
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const row = await this.#rows().where('uid_hash', '=', hashSecret(uid)).executeTakeFirst()
    return row && { ...row.payload, uid }
  }

  /** Of any number of requests at once, exactly one passes. */
  async consume(id: string): Promise<void> {
    const { db, clock, answers, endReused } = this.#options
    const row = await db.kysely
      .updateTable('oauth_records')
      .set({ consumed_at: clock.now() })
      .where('kind', '=', this.#kind)
      .where('id_hash', '=', hashSecret(id))
      .where('consumed_at', 'is', null)
      .returning('grant_id')
      .executeTakeFirst()
    if (row) {
      if (this.#kind === 'RefreshToken' && row.grant_id !== null)
        await answers.forgetOlder(row.grant_id, id)
      return
    }
    if (this.#kind === 'RefreshToken') noteRepetition()
    else await this.#endGrantOf(id, endReused)
    throw new errors.InvalidGrant('it was used already')
  }

  async destroy(id: string): Promise<void> {
    await this.#options.db.kysely
      .deleteFrom('oauth_records')
      .where('kind', '=', this.#kind)
      .where('id_hash', '=', hashSecret(id))
      .execute()
  }

  /** The grant's own adapter ends it with all that hangs on it. */
  async revokeByGrantId(_grantId: string): Promise<void> {}

  /** A code that is used twice was read by somebody else (RFC 6749 §4.1.2). */
  async #endGrantOf(id: string, endReused: (grantId: string) => Promise<void>): Promise<void> {
    const row = await this.#rows().where('id_hash', '=', hashSecret(id)).executeTakeFirst()
    if (row && row.grant_id !== null) await endReused(row.grant_id)
  }

  #rows() {
    return this.#options.db.kysely
      .selectFrom('oauth_records')
      .select(['payload', 'consumed_at', 'grant_id'])
      .where('kind', '=', this.#kind)
      .where('expires_at', '>', this.#options.clock.now())
  }
}

function consumption({ consumed_at: at }: { readonly consumed_at: Date | null }) {
  // Never 0, which would pass for unused.
  return at === null ? {} : { consumed: Math.max(1, Math.floor(at.getTime() / 1000)) }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
