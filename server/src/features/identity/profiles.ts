import type { Account, UserId } from '@cloudsync/protocol'
import type { Database } from '#platform/db/database.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Proofs } from './proofs.ts'
import type { RememberedPeople } from './remembered-people.ts'
import { countRecoveryCodes } from './second-factor/recovery-codes.ts'
import { hasTotp } from './second-factor/totp.ts'

export interface ProfilesOptions {
  readonly db: Database
  readonly proofs: Proofs
  readonly people: Pick<RememberedPeople, 'changed'>
}

/** What an account sees and says of itself. */
export class Profiles {
  readonly #options: ProfilesOptions

  constructor(options: ProfilesOptions) {
    this.#options = options
  }

  async get(caller: Caller): Promise<Account> {
    const { db, proofs } = this.#options
    const { userId } = caller
    const user = await db.kysely
      .selectFrom('users')
      .select(['email', 'name', 'color', 'is_admin', 'email_verified_at', 'created_at'])
      .where('id', '=', userId)
      .executeTakeFirst()
    if (!user) throw new ProblemError('not_signed_in')
    const { passkeyCount } = await db.kysely
      .selectFrom('passkeys')
      .select(({ fn }) => fn.countAll<number>().as('passkeyCount'))
      .where('user_id', '=', userId)
      .executeTakeFirstOrThrow()
    return {
      id: userId,
      email: user.email,
      name: user.name,
      color: user.color,
      isAdmin: user.is_admin,
      isEmailVerified: user.email_verified_at !== null,
      hasTotp: await hasTotp(db.kysely, userId),
      passkeyCount: Number(passkeyCount),
      recoveryCodeCount: await countRecoveryCodes(db.kysely, userId),
      provenUntil: (await proofs.findEnd(caller))?.toISOString() ?? null,
      createdAt: user.created_at.toISOString(),
    }
  }

  async rename(userId: UserId, name: string): Promise<void> {
    const { db, people } = this.#options
    await db.kysely.updateTable('users').set({ name }).where('id', '=', userId).execute()
    people.changed(userId)
  }
}
