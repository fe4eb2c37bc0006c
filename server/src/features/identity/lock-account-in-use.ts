import type { UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'

/**
 * Whether an account is in use, for who begins a session of it. The lock makes a deactivation wait for the new session,
 * so that it finds and ends it.
 */
export async function lockAccountInUse(tx: Transaction<Schema>, userId: UserId): Promise<boolean> {
  const user = await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .where('deactivated_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  return user !== undefined
}
