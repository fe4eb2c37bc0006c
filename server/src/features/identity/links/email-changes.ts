import type { UserId } from '@cloudsync/protocol'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { isUniqueViolation } from '#platform/db/database-errors.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import type { MailWorker } from '#platform/mail/mail-worker.ts'
import type { Outbox } from '#platform/mail/outbox.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { linkTtlMs, type AccountLinks } from './account-links.ts'
import type { AccountMails } from './account-mails.ts'

export interface EmailChangesOptions {
  readonly db: Database
  readonly clock: Clock
  readonly links: AccountLinks
  readonly mails: AccountMails
  readonly outbox: Outbox
}

const requestName = 'email_change'
const noticeTtlMs = 3 * 24 * 3600 * 1000

/** Another address for an account: it counts when who reads there has said so, and the old one is told. */
export class EmailChanges {
  readonly #options: EmailChangesOptions

  constructor(options: EmailChangesOptions) {
    this.#options = options
  }

  /** The same for an address that has an account already: then nothing is sent. */
  async request(userId: UserId, email: string): Promise<void> {
    const { db, outbox } = this.#options
    const ttlMs = linkTtlMs.email_change
    await inTransaction(db, (tx) =>
      outbox.queueRequest(tx, requestName, { userId, email }, { ttlMs }),
    )
  }

  answerRequests(worker: Pick<MailWorker, 'answer'>): void {
    const { links, mails } = this.#options
    worker.answer(requestName, async (tx, payload) => {
      const email = payload['email'] ?? ''
      const userId = payload['userId'] as UserId
      const user = await tx
        .selectFrom('users')
        .select(['id', 'name', 'email'])
        .where('id', '=', userId)
        .where('deactivated_at', 'is', null)
        .executeTakeFirst()
      if (!user || (await links.isEnough(tx, email, 'email_change'))) return undefined
      // To the address that the account has, it is a verification.
      const holder = await tx
        .selectFrom('users')
        .select('id')
        .where('email', '=', email)
        .where('id', '!=', userId)
        .executeTakeFirst()
      if (holder) return undefined
      await links.revokeAllOf(tx, userId, ['email_change'])
      const link = await links.create(tx, { kind: 'email_change', email, userId })
      return mails.emailChange({ email, name: user.name }, link.token)
    })
  }

  /** Throws `link_used`, also when somebody else has taken the address meanwhile. */
  async confirm(token: string): Promise<void> {
    const { db } = this.#options
    try {
      await inTransaction(db, (tx) => this.#confirm(tx, token))
    } catch (error) {
      if (isUniqueViolation(error)) throw new ProblemError('link_used', { cause: error })
      throw error
    }
  }

  async #confirm(tx: Parameters<AccountLinks['create']>[0], token: string): Promise<void> {
    const { clock, links, mails, outbox } = this.#options
    const link = await links.consume(tx, token, ['email_change'])
    if (!link || link.userId === null) throw new ProblemError('link_used')
    const { userId, email } = link
    const user = await tx
      .selectFrom('users')
      .select(['email', 'name'])
      .where('id', '=', userId)
      .where('deactivated_at', 'is', null)
      .forUpdate()
      .executeTakeFirst()
    if (!user) throw new ProblemError('link_used')
    await tx
      .updateTable('users')
      .set({ email, email_verified_at: clock.now() })
      .where('id', '=', userId)
      .execute()
    if (user.email === email) return
    // A link that went to the old address is not for who reads there now.
    await links.revokeAllOf(tx, userId, ['password_reset', 'email_change'])
    await appendEvent(tx, { type: 'user.email_changed', actorId: userId, payload: { userId } })
    await outbox.queueMail(tx, mails.emailChanged(user, email), { ttlMs: noticeTtlMs })
  }
}
