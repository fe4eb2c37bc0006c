import { sql } from 'kysely'
import type { Database } from '#platform/db/database.ts'
import { sendNotice } from '#platform/db/notices.ts'
import { sessionsVoided } from './sessions.ts'

/**
 * Voids all sessions and tokens of one account, or of all, that were made before now: servers, sockets and downloads
 * included. Gives how many accounts it was done for.
 */
export async function voidSessions(db: Database, email?: string): Promise<number> {
  let update = db.kysely
    .updateTable('users')
    .set({ tokens_valid_after: sql<Date>`clock_timestamp()` })
  if (email !== undefined) update = update.where('email', '=', email)
  const { numUpdatedRows } = await update.executeTakeFirst()
  await sendNotice(db.pool, { from: 'admin', kind: sessionsVoided, body: {} })
  return Number(numUpdatedRows)
}
