import type { SecretLink, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import type { Caller } from '#platform/http/caller.ts'
import type { MailWorker } from '#platform/mail/mail-worker.ts'
import type { Outbox } from '#platform/mail/outbox.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { refuseSelf } from '../admin/refuse-self.ts'
import { dropChallenges } from '../challenges.ts'
import type { Passwords } from '../passwords.ts'
import type { SessionEnd, Sessions } from '../sessions.ts'
import { linkTtlMs, type AccountLinks } from './account-links.ts'
import type { AccountMails } from './account-mails.ts'

export interface PasswordChangesOptions {
  readonly db: Database
  readonly clock: Clock
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly links: AccountLinks
  readonly mails: AccountMails
  readonly outbox: Outbox
}

const requestName = 'password_reset'
/** How long it is worth telling somebody that something has happened. */
const noticeTtlMs = 3 * 24 * 3600 * 1000

export interface ChosenPassword {
  readonly password: string
  /** Whether apps have to ask anew, and programs need other tokens. */
  readonly endsTokens: boolean
}

interface NewPassword extends Pick<ChosenPassword, 'endsTokens'> {
  readonly userId: UserId
  readonly passwordHash: string
  /** The session that goes on; unset: none. */
  readonly keep?: Caller
}

/** New passwords, by who has the old one and by who reads at the address of the account. */
export class PasswordChanges {
  readonly #options: PasswordChangesOptions

  constructor(options: PasswordChangesOptions) {
    this.#options = options
  }

  /** Asks for a link by mail; what is true of the address changes neither the answer nor its time. */
  async requestReset(email: string): Promise<void> {
    const { db, outbox } = this.#options
    const ttlMs = linkTtlMs.password_reset
    await inTransaction(db, (tx) => outbox.queueRequest(tx, requestName, { email }, { ttlMs }))
  }

  answerRequests(worker: Pick<MailWorker, 'answer'>): void {
    const { links, mails } = this.#options
    worker.answer(requestName, async (tx, { email = '' }) => {
      const user = await tx
        .selectFrom('users')
        .select(['id', 'email', 'name'])
        .where('email', '=', email)
        .where('kind', '=', 'person')
        .where('deactivated_at', 'is', null)
        .executeTakeFirst()
      if (!user || (await links.isEnough(tx, email, 'password_reset'))) return undefined
      const link = await links.create(tx, { kind: 'password_reset', email, userId: user.id })
      return mails.passwordReset(user, link.token)
    })
  }

  /**
   * An administrator sends somebody else the link, and may hand it over too. Throws `not_found`, and `forbidden`
   * for oneself.
   */
  async makeResetLink(userId: UserId, adminId: UserId): Promise<SecretLink> {
    refuseSelf(userId, adminId)
    const { db, links, mails, outbox } = this.#options
    return inTransaction(db, async (tx) => {
      const user = await tx
        .selectFrom('users')
        .select(['email', 'name'])
        .where('id', '=', userId)
        .where('kind', '=', 'person')
        .where('deactivated_at', 'is', null)
        .executeTakeFirst()
      if (!user) throw new ProblemError('not_found')
      const { email } = user
      const link = await links.create(tx, { kind: 'password_reset', email, userId })
      const ttlMs = linkTtlMs.password_reset
      await outbox.queueMail(tx, mails.passwordReset(user, link.token), { ttlMs })
      await appendEvent(tx, { type: 'user.reset_link_made', actorId: adminId, payload: { userId } })
      return {
        link: mails.link('reset-password', link.token),
        expiresAt: link.expiresAt.toISOString(),
      }
    })
  }

  /** Ends all sessions of the account. Throws `link_used`, `password_too_common`. */
  async reset({
    token,
    password,
    endsTokens,
  }: ChosenPassword & { readonly token: string }): Promise<void> {
    const { db, passwords, links, sessions } = this.#options
    const kinds = ['password_reset'] as const
    // A wrong token must not cost us a password hash.
    if (!(await links.find(db.kysely, token, kinds))) throw new ProblemError('link_used')
    const passwordHash = await passwords.hash(password)
    const ends = await inTransaction(db, async (tx) => {
      const link = await links.consume(tx, token, kinds)
      if (!link || link.userId === null) throw new ProblemError('link_used')
      const ended = await this.#set(tx, { userId: link.userId, passwordHash, endsTokens })
      // Who has used the link reads what is sent to the address.
      await tx
        .updateTable('users')
        .set({ email_verified_at: this.#options.clock.now() })
        .where('id', '=', link.userId)
        .where('email', '=', link.email)
        .execute()
      return ended
    })
    sessions.announceEnds(ends)
  }

  /** The caller has proven who they are. Ends their other sessions. */
  async change(caller: Caller, { password, endsTokens }: ChosenPassword): Promise<void> {
    const { db, passwords, sessions } = this.#options
    const passwordHash = await passwords.hash(password)
    const ends = await inTransaction(db, (tx) =>
      this.#set(tx, { userId: caller.userId, passwordHash, endsTokens, keep: caller }),
    )
    sessions.announceEnds(ends)
  }

  /**
   * The update locks the account: a sign-in with the old password that is under way has made its session
   * before, and it is ended here, or finds the password changed.
   */
  async #set(
    tx: Transaction<Schema>,
    { userId, passwordHash, endsTokens, keep }: NewPassword,
  ): Promise<SessionEnd[]> {
    const { sessions, links, mails, outbox } = this.#options
    const user = await tx
      .updateTable('users')
      .set({ password_hash: passwordHash })
      .where('id', '=', userId)
      .where('deactivated_at', 'is', null)
      .returning(['email', 'name'])
      .executeTakeFirst()
    if (!user) throw new ProblemError('link_used')
    const except = keep?.sessionId
    const ends = await sessions.markAllEnded(tx, userId, {
      reason: 'password_changed',
      except,
      kinds: endsTokens ? ['sign_in', 'token'] : ['sign_in'],
    })
    // An app that is remembered would let itself in again without asking.
    if (endsTokens) await tx.deleteFrom('oauth_consents').where('user_id', '=', userId).execute()
    await dropChallenges(tx, userId)
    await links.revokeAllOf(tx, userId, ['password_reset', 'email_change'])
    await appendEvent(tx, { type: 'user.password_changed', actorId: userId, payload: { userId } })
    await outbox.queueMail(tx, mails.passwordChanged(user), { ttlMs: noticeTtlMs })
    return ends
  }
}
