import type { SecondFactorPolicy, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import type { Caller } from '#platform/http/caller.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { Sessions } from '../sessions.ts'
import { endPasskeyPeople } from './end-others.ts'
import {
  readFactors,
  readSecondFactorPolicy,
  writeSecondFactorPolicy,
} from './second-factor-policy.ts'

export interface SecondFactorDemandOptions {
  readonly db: Database
  readonly sessions: Sessions
}

/**
 * Of whom the installation demands two factors. Who falls under it and has no second one signs in with what they have,
 * and can set one up; until then everything else, and their tokens, are closed to them (`Sessions.admit`).
 */
export class SecondFactorDemand {
  readonly #options: SecondFactorDemandOptions

  constructor(options: SecondFactorDemandOptions) {
    this.#options = options
  }

  policy(): Promise<SecondFactorPolicy> {
    return readSecondFactorPolicy(this.#options.db.kysely)
  }

  /** Throws `second_factor_setup_required` when `caller` demands what they do not have. */
  async setPolicy(policy: SecondFactorPolicy, caller: Caller): Promise<void> {
    const { db, sessions } = this.#options
    const ends = await inTransaction(db, async (tx) => {
      const old = await readSecondFactorPolicy(tx)
      // First, so that of two who decide at once the second waits with nothing in its hands.
      await writeSecondFactorPolicy(tx, policy)
      if (policy.demandedOf !== 'nobody') await requireFactor(tx, caller.userId)
      await appendEvent(tx, {
        type: 'second_factor_policy.changed',
        actorId: caller.userId,
        payload: { ...policy, old },
      })
      if (policy.demandedOf === old.demandedOf) return []
      return endPasskeyPeople(tx, sessions, { by: caller.userId, except: caller.sessionId })
    })
    sessions.announceEnds(ends)
    sessions.announceReview()
  }
}

/** The lock makes who takes their last factor away meanwhile find the new policy, or be found without one. */
async function requireFactor(tx: Transaction<Schema>, userId: UserId): Promise<void> {
  await tx.selectFrom('users').select('id').where('id', '=', userId).forUpdate().execute()
  const { hasApp, passkeyCount } = await readFactors(tx, userId)
  if (!hasApp && passkeyCount === 0) throw new ProblemError('second_factor_setup_required')
}
