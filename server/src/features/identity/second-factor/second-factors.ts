import type { TotpSetUp, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import type { Outbox } from '#platform/mail/outbox.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { refuseSelf } from '../admin/refuse-self.ts'
import { dropChallenges } from '../challenges.ts'
import type { AccountMails } from '../links/account-mails.ts'
import { removeRecoveryCodes, replaceRecoveryCodes } from './recovery-codes.ts'
import { hasTotp, type TotpSecrets } from './totp.ts'

export interface SecondFactorsOptions {
  readonly db: Database
  readonly totp: TotpSecrets
  readonly mails: AccountMails
  readonly outbox: Outbox
}

const noticeTtlMs = 3 * 24 * 3600 * 1000

/** Turns two-factor sign-in of an account on and off. Whoever calls has proven who they are. */
export class SecondFactors {
  readonly #options: SecondFactorsOptions

  constructor(options: SecondFactorsOptions) {
    this.#options = options
  }

  /** Throws `id_taken` when it is on already. */
  begin(userId: UserId): Promise<TotpSetUp> {
    const { db, totp } = this.#options
    return inTransaction(db, async (tx) => {
      const { email } = await lockUser(tx, userId)
      const setUp = await totp.begin(tx, userId, email)
      if (!setUp) throw new ProblemError('id_taken', { detail: 'Two-factor sign-in is on already' })
      return setUp
    })
  }

  /** Gives the recovery codes; throws `wrong_code`. */
  confirm(userId: UserId, code: string): Promise<string[]> {
    const { db, totp } = this.#options
    return inTransaction(db, async (tx) => {
      const user = await lockUser(tx, userId)
      if (!(await totp.confirm(tx, userId, code.replaceAll(/\s/g, ''))))
        throw new ProblemError('wrong_code')
      const codes = await replaceRecoveryCodes(tx, userId)
      await this.#tell(tx, user, 'Two-factor sign-in was turned on')
      return codes
    })
  }

  /** Turning off what is off changes nothing. */
  remove(userId: UserId): Promise<void> {
    return this.#remove(userId, userId)
  }

  /** An administrator does it for somebody else. Throws `not_found`, and `forbidden` for oneself. */
  async removeFor(userId: UserId, adminId: UserId): Promise<void> {
    refuseSelf(userId, adminId)
    await this.#remove(userId, adminId)
  }

  async #remove(userId: UserId, actorId: UserId): Promise<void> {
    const { db, totp } = this.#options
    await inTransaction(db, async (tx) => {
      const user = await lockUser(tx, userId)
      const wasOn = await totp.remove(tx, userId)
      await removeRecoveryCodes(tx, userId)
      await dropChallenges(tx, userId)
      if (wasOn) await this.#tell(tx, user, 'Two-factor sign-in was turned off', actorId)
    })
  }

  /** Throws `not_found` while two-factor sign-in is off. */
  renewRecoveryCodes(userId: UserId): Promise<string[]> {
    return inTransaction(this.#options.db, async (tx) => {
      const user = await lockUser(tx, userId)
      if (!(await hasTotp(tx, userId))) throw new ProblemError('not_found')
      const codes = await replaceRecoveryCodes(tx, userId)
      await this.#tell(tx, user, 'New recovery codes were made')
      return codes
    })
  }

  async #tell(
    tx: Transaction<Schema>,
    user: LockedUser,
    what: string,
    actorId: UserId = user.id,
  ): Promise<void> {
    const { mails, outbox } = this.#options
    const payload = { userId: user.id, what }
    await appendEvent(tx, { type: 'user.security_changed', actorId, payload })
    await outbox.queueMail(tx, mails.secondFactor(user, what), { ttlMs: noticeTtlMs })
  }
}

interface LockedUser {
  readonly id: UserId
  readonly email: string
  readonly name: string
}

async function lockUser(tx: Transaction<Schema>, userId: UserId): Promise<LockedUser> {
  const user = await tx
    .selectFrom('users')
    .select(['id', 'email', 'name'])
    .where('id', '=', userId)
    .where('kind', '=', 'person')
    .forUpdate()
    .executeTakeFirst()
  if (!user) throw new ProblemError('not_found')
  return user
}
