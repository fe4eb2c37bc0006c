import type { UserId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { SpaceDefaults } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { createAccount } from './accounts.ts'
import type { Challenges } from './challenges.ts'
import type { Client } from './client.ts'
import { lockAccountInUse } from './lock-account-in-use.ts'
import { beginSecondStep } from './second-factor/begin-second-step.ts'
import type { SignedIn, SignIn } from './sign-in.ts'

export interface ExternalAccountsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly signIn: SignIn
  readonly challenges: Challenges
  readonly spaceDefaults: SpaceDefaults | undefined
}

export interface ExternalPerson {
  /** As the protocol's `emailSchema` leaves it, and verified by the provider. */
  readonly email: string
  readonly name: string
  /** Whether an invitation of the address is needed. */
  readonly needsInvitation: boolean
}

/** Accounts of people who prove elsewhere who they are. */
export class ExternalAccounts {
  readonly #options: ExternalAccountsOptions

  constructor(options: ExternalAccountsOptions) {
    this.#options = options
  }

  /** An account without a password. Throws `external_account_exists` and `external_not_invited`. */
  async create(tx: Transaction<Schema>, person: ExternalPerson): Promise<UserId> {
    const { clock, spaceDefaults } = this.#options
    const { email, name, needsInvitation } = person
    const emailVerifiedAt = clock.now()
    const account = { email, name, passwordHash: null, isAdmin: false, emailVerifiedAt }
    const invited = await this.#useInvitationsUp(tx, email)
    if (await hasAccount(tx, email)) throw new ProblemError('external_account_exists')
    if (needsInvitation && !invited) throw new ProblemError('external_not_invited')
    const user = await createAccount(tx, { ...account, spaceDefaults })
    if (!user) throw new ProblemError('external_account_exists')
    return user.id
  }

  /** Throws `external_sign_in_failed` for an account that is deactivated, and `second_factor_required`. */
  async signIn(userId: UserId, client: Client): Promise<SignedIn> {
    const { db, signIn, challenges } = this.#options
    const begun = await inTransaction(db, async (tx) => {
      if (!(await lockAccountInUse(tx, userId))) throw new ProblemError('external_sign_in_failed')
      const required = await beginSecondStep(tx, challenges, userId)
      if (required) return { kind: 'halfway' as const, required }
      return { kind: 'done' as const, signedIn: await signIn.startSession(tx, userId, client) }
    })
    if (begun.kind === 'done') return begun.signedIn
    throw new ProblemError('second_factor_required', { extensions: { ...begun.required } })
  }

  /** Whether they could still sign in if no other provider vouched for them. */
  async hasOwnWayIn(tx: Transaction<Schema>, userId: UserId): Promise<boolean> {
    const { rows } = await sql<{ has: boolean }>`
      SELECT password_hash IS NOT NULL OR EXISTS (SELECT FROM passkeys WHERE user_id = users.id) AS has
      FROM users WHERE id = ${userId} FOR UPDATE
    `.execute(tx)
    return rows[0]?.has ?? false
  }

  async #useInvitationsUp(tx: Transaction<Schema>, email: string): Promise<boolean> {
    const now = this.#options.clock.now()
    const used = await tx
      .updateTable('account_links')
      .set({ used_at: now })
      .where('email', '=', email)
      .where('kind', 'in', ['invitation', 'sign_up'])
      .where('used_at', 'is', null)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', now)
      .returning('kind')
      .execute()
    return used.some(({ kind }) => kind === 'invitation')
  }
}

async function hasAccount(tx: Transaction<Schema>, email: string): Promise<boolean> {
  const user = await tx
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirst()
  return user !== undefined
}
