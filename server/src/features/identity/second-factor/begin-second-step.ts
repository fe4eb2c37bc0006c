import type { SecondFactorRequired, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { challengeTtlSeconds, type Challenges } from '../challenges.ts'
import { countRecoveryCodes } from './recovery-codes.ts'
import { readFactors } from './second-factor-policy.ts'

/**
 * What an account with two factors is asked for after its password; `undefined` for one without. A passkey alone makes
 * two of them where two are demanded.
 */
export async function beginSecondStep(
  tx: Transaction<Schema>,
  challenges: Challenges,
  userId: UserId,
): Promise<SecondFactorRequired | undefined> {
  const { isDemanded, hasApp, passkeyCount } = await readFactors(tx, userId)
  const hasPasskey = passkeyCount > 0
  if (!hasApp && !(isDemanded && hasPasskey)) return undefined
  const hasCodes = hasApp && (await countRecoveryCodes(tx, userId)) > 0
  return {
    challenge: await challenges.create(tx, { kind: 'second_factor', userId }),
    expiresInSeconds: challengeTtlSeconds,
    methods: [
      ...(hasApp ? (['totp'] as const) : []),
      ...(hasCodes ? (['recovery_code'] as const) : []),
      ...(hasPasskey ? (['passkey'] as const) : []),
    ],
  }
}
