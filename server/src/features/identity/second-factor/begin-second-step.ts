import type { SecondFactorRequired, UserId } from '@cloudsync/protocol'
import { sql, type Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { challengeTtlSeconds, type Challenges } from '../challenges.ts'
import { countRecoveryCodes } from './recovery-codes.ts'
import { hasTotp } from './totp.ts'

/** What an account with two factors is asked for after its password; `undefined` for one without. */
export async function beginSecondStep(
  tx: Transaction<Schema>,
  challenges: Challenges,
  userId: UserId,
): Promise<SecondFactorRequired | undefined> {
  if (!(await hasTotp(tx, userId))) return undefined
  const { rows } = await sql<{ has: boolean }>`
    SELECT EXISTS (SELECT FROM passkeys WHERE user_id = ${userId}) AS has
  `.execute(tx)
  const hasCodes = (await countRecoveryCodes(tx, userId)) > 0
  return {
    challenge: await challenges.create(tx, { kind: 'second_factor', userId }),
    expiresInSeconds: challengeTtlSeconds,
    methods: [
      'totp',
      ...(hasCodes ? (['recovery_code'] as const) : []),
      ...(rows[0]?.has ? (['passkey'] as const) : []),
    ],
  }
}
