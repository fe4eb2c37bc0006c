import type { SpaceId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'

/** What has left a space is told for so many days longer than its trash keeps things. */
const extraDays = 30
/** Of one transaction, which holds the space up. */
const maxForgotten = 5_000

/**
 * Forgets what left spaces long ago. Of each it is remembered from where on the feed still tells everything: who does not
 * know what came before that takes a snapshot.
 */
export async function forgetDepartures(db: Database, now: Date): Promise<void> {
  const { rows } = await sql<{ id: SpaceId; before: Date }>`
    SELECT spaces.id,
      ${now}::timestamptz - (spaces.trash_days + ${extraDays}) * interval '1 day' AS before
    FROM spaces WHERE EXISTS (
      SELECT FROM departures WHERE space_id = spaces.id AND left_at
        < ${now}::timestamptz - (spaces.trash_days + ${extraDays}) * interval '1 day')
  `.execute(db.kysely)
  for (const { id, before } of rows) while ((await forgetSome(db, id, before)) > 0);
}

/** Gives how many were forgotten. */
function forgetSome(db: Database, spaceId: SpaceId, before: Date): Promise<number> {
  return inTransaction(db, async (tx) => {
    // Whoever writes locks the space first, then what leaves it.
    const { rows } = await sql<{ since: number }>`
      UPDATE spaces SET feed_since = greatest(feed_since, (
        SELECT max(rev) FROM (
          SELECT rev FROM departures WHERE space_id = ${spaceId} AND left_at < ${before}
          ORDER BY rev LIMIT ${maxForgotten}) oldest))
      WHERE id = ${spaceId} RETURNING feed_since AS since`.execute(tx)
    const [space] = rows
    if (!space) return 0
    const { numDeletedRows } = await tx
      .deleteFrom('departures')
      .where('space_id', '=', spaceId)
      .where('rev', '<=', space.since)
      .executeTakeFirst()
    return Number(numDeletedRows)
  })
}
