import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Passwords } from './passwords.ts'
import type { SignInLimits } from './sign-in-limits.ts'

export interface ProofsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly passwords: Passwords
  readonly limits: SignInLimits
}

const proofTtlMs = 15 * 60_000

/**
 * What keeps an account safe is changed only by who has shown lately, in this very session, that they are
 * its owner: by signing in, or by the password. Whoever finds an open browser cannot.
 */
export class Proofs {
  readonly #options: ProofsOptions

  constructor(options: ProofsOptions) {
    this.#options = options
  }

  /** Throws `proof_required`. */
  async require(caller: Caller): Promise<void> {
    if (!(await this.findEnd(caller))) throw new ProblemError('proof_required')
  }

  /** Until when the last proof of a session holds, if it still does. */
  async findEnd(caller: Caller): Promise<Date | undefined> {
    const { db, clock } = this.#options
    const session = await db.kysely
      .selectFrom('sessions')
      .select('proven_at')
      .where('id', '=', caller.sessionId)
      .executeTakeFirst()
    if (!session?.proven_at) return undefined
    const end = new Date(session.proven_at.getTime() + proofTtlMs)
    return end > clock.now() ? end : undefined
  }

  /** Throws `wrong_password` or `rate_limited`. */
  async prove(caller: Caller, password: string, address: string): Promise<Date> {
    const { db, clock, passwords, limits } = this.#options
    const user = await db.kysely
      .selectFrom('users')
      .select(['email', 'password_hash'])
      .where('id', '=', caller.userId)
      .executeTakeFirstOrThrow()
    const isRight = await limits.run({ address, email: user.email }, () =>
      passwords.verify(user.password_hash ?? undefined, password),
    )
    if (!isRight) throw new ProblemError('wrong_password')
    const now = clock.now()
    await db.kysely
      .updateTable('sessions')
      .set({ proven_at: now })
      .where('id', '=', caller.sessionId)
      .execute()
    return new Date(now.getTime() + proofTtlMs)
  }
}
