import type { SessionId, UserId } from '@cloudsync/protocol'
import { createHmac } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Schema } from '#platform/db/schema.ts'
import { hashSecret, makeSecretToken } from '#platform/secret-token.ts'
import { validSessions } from './sessions.ts'

/**
 * Refresh tokens: one use each, and one family per session (RFC 9700 §4.14.2).
 *
 *     issue ─▶ n ──rotate──▶ n+1 ──rotate──▶ n+2 …        exactly one token of a family is unused
 *              │
 *              ├─ again within 20 s, and n+1 is still unused ─▶ the same n+1
 *              └─ again later, or n+1 was used               ─▶ the token was stolen: the session ends
 *
 * A client whose answer got lost, and two tabs that refresh at once, repeat their request. They get
 * the same successor, because it is derived from the token with a secret of the installation; so it is
 * stored nowhere, and whoever finds an old token cannot derive what came after it.
 */
const graceMs = 20 * 1000
/** A client that was not heard of for so long has to sign in again. */
const idleTtlMs = 30 * 24 * 3600 * 1000

export type Rotation =
  | {
      readonly kind: 'rotated'
      readonly sessionId: SessionId
      readonly userId: UserId
      readonly refreshToken: string
    }
  | { readonly kind: 'reused'; readonly sessionId: SessionId }
  | { readonly kind: 'expired' }
  /** There is no such token, or its session is over. */
  | { readonly kind: 'unknown' }

export class RefreshTokens {
  readonly #successorSecret: Buffer
  readonly #clock: Clock

  constructor(successorSecret: Buffer, clock: Clock) {
    this.#successorSecret = successorSecret
    this.#clock = clock
  }

  /** The first token of a session. */
  async issue(
    tx: Transaction<Schema>,
    session: { readonly id: SessionId; readonly expiresAt: Date },
  ): Promise<string> {
    const token = makeSecretToken()
    await this.#insert(tx, hashSecret(token), session.id, session.expiresAt)
    return token
  }

  /** Uses a token up. After `reused` the caller ends the session, in the same transaction. */
  async rotate(tx: Transaction<Schema>, token: string, network: string): Promise<Rotation> {
    const tokenHash = hashSecret(token)
    const session = await this.#findSession(tx, tokenHash)
    if (!session) return { kind: 'unknown' }
    const now = this.#clock.now()
    if (session.expiresAt <= now) return { kind: 'expired' }
    const { sessionId, userId } = session
    const successor = this.#derive(token)
    const successorHash = hashSecret(successor)
    const rotated: Rotation = { kind: 'rotated', sessionId, userId, refreshToken: successor }
    if (await this.#consume(tx, tokenHash, successorHash)) {
      await this.#insert(tx, successorHash, sessionId, session.expiresAt)
      await tx
        .updateTable('sessions')
        .set({ last_used_at: now, network })
        .where('id', '=', sessionId)
        .execute()
      return rotated
    }
    switch (await this.#judgeRepetition(tx, tokenHash, successorHash)) {
      case 'expired':
        return { kind: 'expired' }
      case 'repeated':
        return rotated
      case 'reused':
        return { kind: 'reused', sessionId }
    }
  }

  /** The session that a token belongs or belonged to. */
  async findSessionId(tx: Transaction<Schema>, token: string): Promise<SessionId | undefined> {
    const row = await tx
      .selectFrom('refresh_tokens')
      .select('session_id')
      .where('token_hash', '=', hashSecret(token))
      .executeTakeFirst()
    return row?.session_id
  }

  #findSession(tx: Transaction<Schema>, tokenHash: Buffer) {
    return validSessions(tx)
      .innerJoin('refresh_tokens', 'refresh_tokens.session_id', 'sessions.id')
      .where('refresh_tokens.token_hash', '=', tokenHash)
      .executeTakeFirst()
  }

  /** Of any number of requests at once, exactly one gets `true`; the others wait for its commit here. */
  async #consume(
    tx: Transaction<Schema>,
    tokenHash: Buffer,
    successorHash: Buffer,
  ): Promise<boolean> {
    const now = this.#clock.now()
    const { numUpdatedRows } = await tx
      .updateTable('refresh_tokens')
      .set({ consumed_at: now, successor_hash: successorHash })
      .where('token_hash', '=', tokenHash)
      .where('consumed_at', 'is', null)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  async #judgeRepetition(
    tx: Transaction<Schema>,
    tokenHash: Buffer,
    successorHash: Buffer,
  ): Promise<'repeated' | 'reused' | 'expired'> {
    const token = await tx
      .selectFrom('refresh_tokens as token')
      .leftJoin('refresh_tokens as successor', 'successor.token_hash', 'token.successor_hash')
      .select([
        'token.consumed_at as consumedAt',
        'token.successor_hash as successorHash',
        'successor.consumed_at as successorConsumedAt',
      ])
      .where('token.token_hash', '=', tokenHash)
      .executeTakeFirst()
    if (!token?.consumedAt) return 'expired'
    const isRecent = this.#clock.now().getTime() - token.consumedAt.getTime() <= graceMs
    const isSuccessorUnused =
      token.successorHash?.equals(successorHash) === true && token.successorConsumedAt === null
    return isRecent && isSuccessorUnused ? 'repeated' : 'reused'
  }

  #derive(token: string): string {
    return createHmac('sha256', this.#successorSecret).update(token).digest('base64url')
  }

  async #insert(
    tx: Transaction<Schema>,
    tokenHash: Buffer,
    sessionId: SessionId,
    sessionExpiresAt: Date,
  ): Promise<void> {
    const idleMs = this.#clock.now().getTime() + idleTtlMs
    const expiresAt = new Date(Math.min(idleMs, sessionExpiresAt.getTime()))
    await tx
      .insertInto('refresh_tokens')
      .values({ token_hash: tokenHash, session_id: sessionId, expires_at: expiresAt })
      .execute()
  }
}
