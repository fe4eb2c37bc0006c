import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Client } from '../client.ts'
import { lockAccountInUse } from '../lock-account-in-use.ts'
import type { SignedIn, SignIn } from '../sign-in.ts'
import type { PasskeyAnswer, Passkeys } from './passkeys.ts'

export interface PasskeySignInOptions {
  readonly db: Database
  readonly passkeys: Passkeys
  readonly signIn: SignIn
}

/** From a passkey alone to a session: it is something one has, and it has made sure of who is there. */
export class PasskeySignIn {
  readonly #options: PasskeySignInOptions

  constructor(options: PasskeySignInOptions) {
    this.#options = options
  }

  /** Throws `wrong_passkey`, also for an account that is deactivated. */
  async signIn(answer: PasskeyAnswer, client: Client): Promise<SignedIn> {
    const { db, passkeys, signIn } = this.#options
    const userId = await passkeys.verify(answer, {})
    return inTransaction(db, async (tx) => {
      if (!(await lockAccountInUse(tx, userId))) throw new ProblemError('wrong_passkey')
      return signIn.startSession(tx, userId, client)
    })
  }
}
