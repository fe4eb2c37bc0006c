import type { UserId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { AuthChallengesTable } from '#platform/db/tables/account-tables.ts'
import { hashSecret, makeSecretToken } from '#platform/secret-token.ts'

type ChallengeKind = AuthChallengesTable['kind']

export interface NewChallenge {
  readonly kind: ChallengeKind
  readonly userId?: UserId | undefined
  /** What the authenticator signs. */
  readonly webauthn?: string
}

export interface Challenge {
  readonly userId: UserId | null
  readonly webauthn: string | null
}

export const challengeTtlSeconds = 300
/** Codes that may be tried before the sign-in has to begin anew. */
const maxAttempts = 5

/** Sign-ins and registrations that are half done, known by a secret that their client holds. */
export class Challenges {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async create(db: Kysely<Schema>, { kind, userId, webauthn }: NewChallenge): Promise<string> {
    const token = makeSecretToken()
    await db
      .insertInto('auth_challenges')
      .values({
        token_hash: hashSecret(token),
        kind,
        user_id: userId ?? null,
        webauthn_challenge: webauthn ?? null,
        expires_at: new Date(this.#clock.now().getTime() + challengeTtlSeconds * 1000),
      })
      .execute()
    return token
  }

  /** Whose challenge it is, as long as it may be tried. */
  async find(db: Kysely<Schema>, token: string, kind: ChallengeKind): Promise<UserId | undefined> {
    const row = await db
      .selectFrom('auth_challenges')
      .select('user_id')
      .where('token_hash', '=', hashSecret(token))
      .where('kind', '=', kind)
      .where('expires_at', '>', this.#clock.now())
      .where('attempts', '<', maxAttempts)
      .executeTakeFirst()
    return row?.user_id ?? undefined
  }

  /** Counts an attempt, at once for all others: guesses that are sent together are counted one by one. */
  async attempt(
    db: Kysely<Schema>,
    token: string,
    kind: ChallengeKind,
  ): Promise<UserId | undefined> {
    const row = await db
      .updateTable('auth_challenges')
      .set((set) => ({ attempts: set('attempts', '+', 1) }))
      .where('token_hash', '=', hashSecret(token))
      .where('kind', '=', kind)
      .where('expires_at', '>', this.#clock.now())
      .where('attempts', '<', maxAttempts)
      .returning('user_id')
      .executeTakeFirst()
    return row?.user_id ?? undefined
  }

  /** Uses a challenge up; of several at once one gets it. */
  async consume(
    db: Kysely<Schema>,
    token: string,
    kind: ChallengeKind,
  ): Promise<Challenge | undefined> {
    const row = await db
      .deleteFrom('auth_challenges')
      .where('token_hash', '=', hashSecret(token))
      .where('kind', '=', kind)
      .where('expires_at', '>', this.#clock.now())
      .returning(['user_id', 'webauthn_challenge'])
      .executeTakeFirst()
    return row && { userId: row.user_id, webauthn: row.webauthn_challenge }
  }
}

/** What was half done for an account is over. */
export async function dropChallenges(db: Kysely<Schema>, userId: UserId): Promise<void> {
  await db.deleteFrom('auth_challenges').where('user_id', '=', userId).execute()
}
