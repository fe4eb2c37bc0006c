import type { UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { FailureLimit } from '#platform/http/limits/failure-limit.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { RedisLink } from '#platform/redis/redis-link.ts'
import type { Challenges } from '../challenges.ts'
import type { Client } from '../client.ts'
import { lockAccountInUse } from '../lock-account-in-use.ts'
import type { PasskeyAnswer, Passkeys } from '../passkeys/passkeys.ts'
import type { SignedIn, SignIn } from '../sign-in.ts'
import { takeRecoveryCode } from './recovery-codes.ts'
import type { TotpSecrets } from './totp.ts'

export interface SecondStepOptions {
  readonly db: Database
  readonly challenges: Challenges
  readonly totp: TotpSecrets
  readonly passkeys: Passkeys
  readonly signIn: SignIn
  /** Where servers count wrong codes together. */
  readonly redis?: RedisLink | undefined
}

/** Wrong codes of an account, however many challenges its password has brought. */
const wrongCodes = {
  name: 'second-factor:account',
  what: 'wrong codes',
  failures: 20,
  windowSeconds: 15 * 60,
}

/**
 * The second half of a sign-in, for accounts with two factors. The right password gives a challenge instead
 * of a session; with it and a code of the app, a recovery code or a passkey, the sign-in is done.
 */
export class SecondStep {
  readonly #options: SecondStepOptions
  readonly #failures: FailureLimit

  constructor(options: SecondStepOptions) {
    this.#options = options
    this.#failures = new FailureLimit(wrongCodes, options.redis)
  }

  /** Throws `token_expired` for a challenge that is not good any more, `wrong_code` and `rate_limited`. */
  async withCode(challenge: string, code: string, client: Client): Promise<SignedIn> {
    const userId = await this.#attempt(challenge)
    const signedIn = await this.#failures.run(userId, () =>
      inTransaction(this.#options.db, async (tx) => {
        if (!(await lockAccountInUse(tx, userId))) throw expired()
        if (!(await this.#takeCode(tx, userId, code))) return undefined
        return this.#finish(tx, challenge, userId, client)
      }),
    )
    if (!signedIn) throw new ProblemError('wrong_code')
    return signedIn
  }

  /** Throws `token_expired`, `wrong_passkey` and `rate_limited`. */
  async withPasskey(challenge: string, answer: PasskeyAnswer, client: Client): Promise<SignedIn> {
    const userId = await this.#attempt(challenge)
    await this.#failures.admit(userId)
    const { db, passkeys } = this.#options
    await passkeys.verify(answer, { userId })
    return inTransaction(db, async (tx) => {
      if (!(await lockAccountInUse(tx, userId))) throw expired()
      return this.#finish(tx, challenge, userId, client)
    })
  }

  async #attempt(challenge: string): Promise<UserId> {
    const { db, challenges } = this.#options
    const userId = await challenges.attempt(db.kysely, challenge, 'second_factor')
    if (!userId) throw expired()
    return userId
  }

  #takeCode(tx: Transaction<Schema>, userId: UserId, code: string): Promise<boolean> {
    const digits = code.replaceAll(/\s/g, '')
    if (/^\d{6}$/.test(digits)) return this.#options.totp.take(tx, userId, digits)
    return takeRecoveryCode(tx, userId, code)
  }

  async #finish(
    tx: Transaction<Schema>,
    challenge: string,
    userId: UserId,
    client: Client,
  ): Promise<SignedIn> {
    const { challenges, signIn } = this.#options
    if (!(await challenges.consume(tx, challenge, 'second_factor'))) throw expired()
    return signIn.startSession(tx, userId, client)
  }
}

function expired(): ProblemError {
  return new ProblemError('token_expired', { detail: 'Begin the sign-in again' })
}
