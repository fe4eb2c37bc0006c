import type { TotpSetUp, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import type { Caller } from '#platform/http/caller.ts'
import type { Outbox } from '#platform/mail/outbox.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { refuseSelf } from '../admin/refuse-self.ts'
import { dropChallenges } from '../challenges.ts'
import type { AccountMails } from '../links/account-mails.ts'
import type { Sessions } from '../sessions.ts'
import { removeRecoveryCodes, replaceRecoveryCodes } from './recovery-codes.ts'
import { endOthers } from './end-others.ts'
import { readFactors } from './second-factor-policy.ts'
import { hasTotp, type TotpSecrets } from './totp.ts'

export interface SecondFactorsOptions {
  readonly db: Database
  readonly totp: TotpSecrets
  readonly mails: AccountMails
  readonly outbox: Outbox
  readonly sessions: Sessions
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
  async confirm(caller: Caller, code: string): Promise<string[]> {
    const { db, totp, sessions } = this.#options
    const { userId } = caller
    const { codes, ends } = await inTransaction(db, async (tx) => {
      const user = await lockUser(tx, userId)
      const ended = await endOthers(tx, sessions, caller)
      if (!(await totp.confirm(tx, userId, code.replaceAll(/\s/g, ''))))
        throw new ProblemError('wrong_code')
      await this.#tell(tx, user, 'Two-factor sign-in was turned on')
      return { codes: await replaceRecoveryCodes(tx, userId), ends: ended }
    })
    sessions.announceEnds(ends)
    return codes
  }

  /** Turning off what is off changes nothing. Throws `last_second_factor`. */
  async turnOff(userId: UserId): Promise<void> {
    await inTransaction(this.#options.db, async (tx) => {
      const user = await lockUser(tx, userId)
      const { isDemanded, hasApp, passkeyCount } = await readFactors(tx, userId)
      if (isDemanded && hasApp && passkeyCount === 0) throw new ProblemError('last_second_factor')
      await this.#remove(tx, user, userId)
    })
  }

  /**
   * Takes what somebody else has lost away, passkeys too, so that their password lets them in. Throws `not_found`, and
   * `forbidden` for oneself.
   */
  async takeAway(userId: UserId, adminId: UserId): Promise<void> {
    refuseSelf(userId, adminId)
    const { db, sessions } = this.#options
    await inTransaction(db, async (tx) => {
      const user = await lockUser(tx, userId)
      const { numDeletedRows } = await tx
        .deleteFrom('passkeys')
        .where('user_id', '=', userId)
        .executeTakeFirst()
      const wasOn = await this.#remove(tx, user, adminId)
      if (!wasOn && numDeletedRows > 0n)
        await this.#tell(tx, user, 'All passkeys were removed', adminId)
    })
    sessions.announceReview()
  }

  async #remove(tx: Transaction<Schema>, user: LockedUser, actorId: UserId): Promise<boolean> {
    const wasOn = await this.#options.totp.remove(tx, user.id)
    await removeRecoveryCodes(tx, user.id)
    await dropChallenges(tx, user.id)
    if (wasOn) await this.#tell(tx, user, 'Two-factor sign-in was turned off', actorId)
    return wasOn
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
