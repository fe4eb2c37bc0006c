import type { SessionId, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { Caller } from '#platform/http/caller.ts'
import type { SessionEnd, Sessions } from '../sessions.ts'
import { passkeyPeople, readFactors } from './second-factor-policy.ts'

const reason = 'second_factor_demanded'

/**
 * Before the first second factor is set up that is demanded: ends the other sign-ins, which one factor began, so that
 * whoever has found out the password is not let in by what its owner does. The caller holds the lock of the account,
 * and announces what this gives.
 */
export async function endOthers(
  tx: Transaction<Schema>,
  sessions: Sessions,
  { userId, sessionId: except }: Caller,
): Promise<SessionEnd[]> {
  const { isDemanded, hasApp, passkeyCount } = await readFactors(tx, userId)
  if (!isDemanded || hasApp || passkeyCount > 0) return []
  return sessions.markAllEnded(tx, userId, { reason, except })
}

export interface EndPasskeyPeopleOptions {
  /** Who has demanded it. */
  readonly by: UserId
  readonly except?: SessionId
  /** Unset: of everybody. */
  readonly of?: UserId
}

/**
 * After two factors were demanded of more people: ends the sign-ins of those who have passkeys alone. Nobody knows
 * whether they came by the passkey or by the password, which was enough; they come anew. The caller announces what
 * this gives.
 */
export async function endPasskeyPeople(
  tx: Transaction<Schema>,
  sessions: Sessions,
  { by, except, of }: EndPasskeyPeopleOptions,
): Promise<SessionEnd[]> {
  let people = passkeyPeople(tx)
  if (of !== undefined) people = people.where('id', '=', of)
  const ends: SessionEnd[] = []
  // The lock makes sign-ins under way wait until they find the demand, or be found.
  for (const { id } of await people.orderBy('id').forUpdate().execute())
    ends.push(...(await sessions.markAllEnded(tx, id, { reason, by, except })))
  return ends
}
