import type { Database } from '#platform/db/database.ts'
import { sendNotice } from '#platform/db/notices.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { dropChallenges } from '../challenges.ts'
import { sessionsVoided } from '../sessions.ts'
import { removeRecoveryCodes } from './recovery-codes.ts'

/**
 * Takes the app, the recovery codes and the passkeys of an account away, for who has lost them and has nobody else to do
 * it. Gives whether there is such an account.
 */
export async function removeSecondFactors(db: Database, email: string): Promise<boolean> {
  const isFound = await inTransaction(db, async (tx) => {
    const user = await tx
      .selectFrom('users')
      .select('id')
      .where('email', '=', email)
      .where('kind', '=', 'person')
      .forUpdate()
      .executeTakeFirst()
    if (!user) return false
    await tx.deleteFrom('totp_secrets').where('user_id', '=', user.id).execute()
    await tx.deleteFrom('passkeys').where('user_id', '=', user.id).execute()
    await removeRecoveryCodes(tx, user.id)
    await dropChallenges(tx, user.id)
    const payload = { userId: user.id, what: 'The second factors were taken away by an operator' }
    await appendEvent(tx, { type: 'user.security_changed', payload })
    return true
  })
  if (isFound) await sendNotice(db.pool, { from: 'admin', kind: sessionsVoided, body: {} })
  return isFound
}
