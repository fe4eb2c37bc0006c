import type { SignUpPolicy, SignUpState, UserId } from '@cloudsync/protocol'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import type { MailWorker } from '#platform/mail/mail-worker.ts'
import type { Outbox } from '#platform/mail/outbox.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { linkTtlMs, type AccountLinks } from './account-links.ts'
import type { AccountMails } from './account-mails.ts'
import { admitsSignUp, readSignUpPolicy, writeSignUpPolicy } from './sign-up-policy.ts'

export interface SignUpOptions {
  readonly db: Database
  readonly links: AccountLinks
  readonly mails: AccountMails
  readonly outbox: Outbox
}

const requestName = 'sign_up'

/**
 * Accounts that people make themselves, where the policy lets them: the address is asked first, and what is
 * true of it is told to whoever reads there, and to nobody else.
 */
export class SignUp {
  readonly #options: SignUpOptions

  constructor(options: SignUpOptions) {
    this.#options = options
  }

  async state(): Promise<SignUpState> {
    const { mode, domains } = await this.policy()
    return { isOpen: mode !== 'closed', domains: mode === 'domains' ? domains : [] }
  }

  policy(): Promise<SignUpPolicy> {
    return readSignUpPolicy(this.#options.db.kysely)
  }

  async setPolicy(policy: SignUpPolicy, actorId: UserId): Promise<void> {
    await inTransaction(this.#options.db, async (tx) => {
      const old = await readSignUpPolicy(tx)
      await writeSignUpPolicy(tx, policy)
      await appendEvent(tx, {
        type: 'sign_up_policy.changed',
        actorId,
        payload: { ...policy, old },
      })
    })
  }

  /** Throws `sign_up_closed`, whether the address has an account or not. */
  async request(email: string): Promise<void> {
    const { db, outbox } = this.#options
    if (!admitsSignUp(await this.policy(), email)) throw new ProblemError('sign_up_closed')
    const ttlMs = linkTtlMs.sign_up
    await inTransaction(db, (tx) => outbox.queueRequest(tx, requestName, { email }, { ttlMs }))
  }

  answerRequests(worker: Pick<MailWorker, 'answer'>): void {
    const { links, mails } = this.#options
    worker.answer(requestName, async (tx, { email = '' }) => {
      if (await links.isEnough(tx, email, 'sign_up')) return undefined
      const user = await tx
        .selectFrom('users')
        .select(['email', 'name', 'id'])
        .where('email', '=', email)
        .executeTakeFirst()
      // Both count, so that nobody is written to without end.
      const link = await links.create(tx, { kind: 'sign_up', email })
      if (user) return mails.signUpAgain(user)
      return mails.signUp({ email }, link.token)
    })
  }
}
