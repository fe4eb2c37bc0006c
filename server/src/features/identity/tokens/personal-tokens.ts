import type {
  CreatedToken,
  PersonalToken,
  SessionId,
  TokenScope,
  UserId,
} from '@cloudsync/protocol'
import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { hashSecret } from '#platform/secret-token.ts'
import { invalidToken } from '../jwt.ts'
import { validSessions, type Sessions } from '../sessions.ts'
import { isWellFormed, makePersonalTokenSecret } from './token-secret.ts'

export interface PersonalTokensOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
  readonly sessions: Sessions
}

export interface NewToken {
  readonly userId: UserId
  readonly createdBy: UserId
  readonly name: string
  readonly scopes: readonly TokenScope[]
  /** `null`: never. */
  readonly expiresInDays: number | null
}

interface KnownToken {
  readonly sessionId: SessionId
  notedAtMs: number
}

const dayMs = 24 * 3600 * 1000
/** For sessions of tokens that do not expire. */
const never = new Date('9999-12-31T00:00:00Z')
const maxTokens = 100
const maxKnown = 5_000
/** How exactly it is known when a token was last used. */
const noteMs = 60_000

/**
 * Tokens for programs. Behind each stands a session, so that what ends sessions ends tokens: sockets are
 * closed, tickets are void, other servers are told.
 */
export class PersonalTokens {
  readonly #options: PersonalTokensOptions
  /** By hash: which session a token has never changes; whether it stands is asked each time. */
  readonly #known = new Map<string, KnownToken>()

  constructor(options: PersonalTokensOptions) {
    this.#options = options
  }

  async create(token: NewToken): Promise<CreatedToken> {
    const { db, clock, sessions } = this.#options
    if ((await this.list(token.userId)).length >= maxTokens)
      throw new ProblemError('forbidden', { detail: 'Revoke one first' })
    const secret = makePersonalTokenSecret()
    const scopes = [...new Set(token.scopes)]
    const now = clock.now()
    const expiresAt =
      token.expiresInDays === null ? never : new Date(now.getTime() + token.expiresInDays * dayMs)
    const hint = secret.slice(-4)
    const id = await inTransaction(db, async (tx) => {
      const { userId, createdBy, name } = token
      // The lock makes a deactivation wait for the new session, so that it finds and ends it.
      const user = await tx
        .selectFrom('users')
        .select('id')
        .where('id', '=', userId)
        .where('deactivated_at', 'is', null)
        .forUpdate()
        .executeTakeFirst()
      if (!user) throw new ProblemError('not_found')
      const session = { userId, userAgent: '', network: '', expiresAt, scopes }
      const { id: sessionId } = await sessions.insert(tx, session)
      // Not before the session: what it was used last tells whether it was used since.
      const createdAt = clock.now()
      await tx
        .insertInto('personal_tokens')
        .values({
          session_id: sessionId,
          token_hash: hashSecret(secret),
          name,
          hint,
          created_by: createdBy,
          created_at: createdAt,
        })
        .execute()
      const payload = { userId, sessionId, scopes }
      await appendEvent(tx, { type: 'token.created', actorId: createdBy, payload })
      return sessionId
    })
    return {
      id,
      name: token.name,
      hint,
      scopes,
      createdAt: now.toISOString(),
      expiresAt: token.expiresInDays === null ? null : expiresAt.toISOString(),
      lastUsedAt: null,
      token: secret,
    }
  }

  /** Those that are good, the latest first. */
  async list(userId: UserId): Promise<PersonalToken[]> {
    const { db, clock } = this.#options
    const rows = await validSessions(db.kysely)
      .innerJoin('personal_tokens as token', 'token.session_id', 'sessions.id')
      .select([
        'sessions.last_used_at as lastUsedAt',
        'token.name',
        'token.hint',
        'token.created_at as createdAt',
      ])
      .where('sessions.user_id', '=', userId)
      .where('sessions.expires_at', '>', clock.now())
      .orderBy('sessions.id', 'desc')
      .execute()
    return rows.map((row) => ({
      id: row.sessionId,
      name: row.name,
      hint: row.hint,
      scopes: [...(row.scopes ?? [])],
      createdAt: row.createdAt.toISOString(),
      expiresAt: row.expiresAt >= never ? null : row.expiresAt.toISOString(),
      lastUsedAt: row.lastUsedAt > row.createdAt ? row.lastUsedAt.toISOString() : null,
    }))
  }

  /** Throws `not_found`. */
  async revoke(userId: UserId, id: SessionId, by?: UserId): Promise<void> {
    const { db, sessions } = this.#options
    const token = await db.kysely
      .selectFrom('sessions')
      .select('id')
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .where('kind', '=', 'token')
      .executeTakeFirst()
    if (!token) throw new ProblemError('not_found')
    await sessions.end(id, 'revoked', by)
  }

  /** Throws `not_signed_in` or `second_factor_setup_required`. */
  async authenticate(token: string): Promise<Caller> {
    if (!isWellFormed(token)) throw invalidToken('not_signed_in')
    const known = await this.#find(token)
    const caller = known && (await this.#options.sessions.admit(known.sessionId))
    if (!known || !caller) throw invalidToken('not_signed_in')
    this.#note(known)
    return caller
  }

  async #find(token: string): Promise<KnownToken | undefined> {
    const hash = hashSecret(token)
    const key = hash.toString('base64')
    const found = this.#known.get(key)
    if (found) return found
    const row = await this.#options.db.kysely
      .selectFrom('personal_tokens')
      .select('session_id')
      .where('token_hash', '=', hash)
      .executeTakeFirst()
    if (!row) return undefined
    const known = { sessionId: row.session_id, notedAtMs: -Infinity }
    if (this.#known.size >= maxKnown) this.#known.clear()
    this.#known.set(key, known)
    return known
  }

  /** The request does not wait for it. */
  #note(known: KnownToken): void {
    const { db, clock, log } = this.#options
    const now = clock.now()
    if (now.getTime() - known.notedAtMs < noteMs) return
    known.notedAtMs = now.getTime()
    db.kysely
      .updateTable('sessions')
      .set({ last_used_at: now })
      .where('id', '=', known.sessionId)
      .execute()
      .catch((error: unknown) => log.debug({ err: error }, 'the use of a token was not noted'))
  }
}
