import { emailSchema, type Tokens, type UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Logger } from 'pino'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { accessTokenTtlSeconds, type AccessTokens } from './access-tokens.ts'
import type { CookieSessions } from './cookie-sessions.ts'
import { beginSecondStep } from './second-factor/begin-second-step.ts'
import type { Challenges } from './challenges.ts'
import type { Client } from './client.ts'
import { networkOf } from '#platform/http/limits/network-of.ts'
import type { Passwords } from './passwords.ts'
import type { RefreshTokens } from './refresh-tokens.ts'
import type { Sessions } from './sessions.ts'
import type { SignInAttempt, SignInLimits } from './sign-in-limits.ts'

export interface PasswordAttempt extends SignInAttempt, Client {
  readonly password: string
}

export interface SignInOptions {
  readonly db: Database
  readonly log: Logger
  readonly passwords: Passwords
  readonly limits: SignInLimits
  readonly sessions: Sessions
  readonly refreshTokens: RefreshTokens
  readonly accessTokens: AccessTokens
  readonly cookieSessions: CookieSessions
  readonly challenges: Challenges
}

/** What somebody has who has signed in: tokens, or the secret for a cookie. */
export type SignedIn =
  | { readonly kind: 'tokens'; readonly tokens: Tokens }
  | { readonly kind: 'cookie'; readonly secret: string }

interface Credentials {
  readonly userId: UserId
  readonly passwordHash: string | null
}

/** From credentials to a session, from tokens to the next ones, and out again. */
export class SignIn {
  readonly #options: SignInOptions

  constructor(options: SignInOptions) {
    this.#options = options
  }

  /**
   * Throws `wrong_credentials`, whatever it is that is wrong, `rate_limited`, and for an account with two
   * factors `second_factor_required` with what `SecondStep` needs.
   */
  async withPassword(attempt: PasswordAttempt): Promise<SignedIn> {
    const { db, log, limits, passwords, challenges } = this.#options
    const known = await this.#findCredentials(attempt.email)
    const passwordHash = known?.passwordHash ?? undefined
    const isRight = await limits.run(attempt, () =>
      passwords.verify(passwordHash, attempt.password),
    )
    if (!isRight || !known) {
      log.info({ userId: known?.userId, address: attempt.address }, 'a sign-in was refused')
      throw new ProblemError('wrong_credentials')
    }
    const begun = await inTransaction(db, async (tx) => {
      await requireUnchanged(tx, known)
      const required = await beginSecondStep(tx, challenges, known.userId)
      if (required) return { kind: 'halfway' as const, required }
      return {
        kind: 'done' as const,
        signedIn: await this.startSession(tx, known.userId, attempt),
      }
    })
    if (begun.kind === 'done') return begun.signedIn
    throw new ProblemError('second_factor_required', { extensions: { ...begun.required } })
  }

  async startSession(tx: Transaction<Schema>, userId: UserId, client: Client): Promise<SignedIn> {
    const { sessions, refreshTokens, accessTokens, cookieSessions } = this.#options
    if (client.keepsCookie)
      return { kind: 'cookie', secret: await cookieSessions.start(tx, userId, client) }
    const session = await sessions.start(tx, userId, client)
    const tokens = {
      accessToken: await accessTokens.issue(userId, session.id),
      expiresInSeconds: accessTokenTtlSeconds,
      refreshToken: await refreshTokens.issue(tx, session),
    }
    return { kind: 'tokens', tokens }
  }

  /** Throws `token_expired`, `token_reused` (the session is over now) or `not_signed_in`. */
  async refresh(refreshToken: string, address: string): Promise<Tokens> {
    const { db, log, sessions, refreshTokens, accessTokens } = this.#options
    const { rotation, end } = await inTransaction(db, async (tx) => {
      const rotated = await refreshTokens.rotate(tx, refreshToken, networkOf(address))
      if (rotated.kind !== 'reused') return { rotation: rotated, end: undefined }
      return {
        rotation: rotated,
        end: await sessions.markEnded(tx, rotated.sessionId, 'token_reused'),
      }
    })
    if (end) sessions.announceEnd(end)
    switch (rotation.kind) {
      case 'rotated':
        return {
          accessToken: await accessTokens.issue(rotation.userId, rotation.sessionId),
          expiresInSeconds: accessTokenTtlSeconds,
          refreshToken: rotation.refreshToken,
        }
      case 'reused':
        log.warn({ ...end }, 'a refresh token was used twice; its session is over')
        throw new ProblemError('token_reused')
      case 'expired':
        throw new ProblemError('token_expired')
      case 'unknown':
        throw new ProblemError('not_signed_in')
    }
  }

  /** Ends the session of a refresh token, used up or not; a token that nobody knows is no failure (RFC 7009 §2.2). */
  async signOut(refreshToken: string): Promise<void> {
    const { db, sessions, refreshTokens } = this.#options
    const end = await inTransaction(db, async (tx) => {
      const sessionId = await refreshTokens.findSessionId(tx, refreshToken)
      return sessionId && sessions.markEnded(tx, sessionId, 'signed_out')
    })
    if (end) sessions.announceEnd(end)
  }

  /** What was typed may be no address at all; then nobody has it. */
  async #findCredentials(email: string): Promise<Credentials | undefined> {
    const parsed = emailSchema.safeParse(email)
    if (!parsed.success) return undefined
    return this.#options.db.kysely
      .selectFrom('users')
      .select(['id as userId', 'password_hash as passwordHash'])
      .where('email', '=', parsed.data)
      .where('deactivated_at', 'is', null)
      .executeTakeFirst()
  }
}

/**
 * A password may be changed, or the account deactivated, while the old one is being verified. The lock makes the change wait for
 * the new session, so that it finds and ends it.
 */
async function requireUnchanged(tx: Transaction<Schema>, known: Credentials): Promise<void> {
  const user = await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', known.userId)
    .where('password_hash', '=', known.passwordHash)
    .where('deactivated_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  if (!user) throw new ProblemError('wrong_credentials')
}
