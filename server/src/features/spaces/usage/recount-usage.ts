import type { SpaceId } from '@cloudsync/protocol'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { usageOf } from './space-usage.ts'

/** A space that was counted, and by how much its counter was wrong. */
export interface Recount {
  readonly spaceId: SpaceId
  readonly driftBytes: number
}

/** Each space is counted again after so long. */
const recountAfterMs = 24 * 3_600_000
const maxRecountsAtOnce = 100

/** Of the advisory lock; any number that nothing else takes. */
const lockKey = 7_263_002

/**
 * Counts the space that was not counted for longest, if that is before `before`, and mends its counter.
 * Gives `undefined` when there is none, or another process counts. Nobody waits for it: counter and contents
 * are read as of one moment, and whatever is changed meanwhile changes both alike.
 */
export async function recountNext(
  db: Database,
  { now, before }: { readonly now: Date; readonly before: Date },
): Promise<Recount | undefined> {
  return inTransaction(db, async (tx) => {
    const { rows: locks } = await sql<{ is_mine: boolean }>`
      SELECT pg_try_advisory_xact_lock(${lockKey}) AS is_mine`.execute(tx)
    if (!locks[0]?.is_mine) return undefined
    const { rows } = await sql<Recount>`
      SELECT next.id AS "spaceId",
        ${usageOf(sql`nodes.space_id = next.id`)} - next.used_bytes AS "driftBytes"
      FROM (
        SELECT id, used_bytes FROM spaces WHERE usage_counted_at < ${before}
        ORDER BY usage_counted_at LIMIT 1
      ) next`.execute(tx)
    const [counted] = rows
    if (!counted) return undefined
    const { spaceId, driftBytes } = counted
    await sql`
      UPDATE spaces SET used_bytes = used_bytes + ${driftBytes}, usage_counted_at = ${now}
      WHERE id = ${spaceId}`.execute(tx)
    return counted
  })
}

export interface RecountOptions {
  readonly db: Database
  readonly clock: Clock
  readonly log: Logger
}

/** Counts the spaces that were not counted for a day, some at a time; a counter that was wrong is a fault of ours. */
export async function recountDue({ db, clock, log }: RecountOptions): Promise<void> {
  const now = clock.now()
  const before = new Date(now.getTime() - recountAfterMs)
  for (let count = 0; count < maxRecountsAtOnce; count++) {
    const counted = await recountNext(db, { now, before })
    if (!counted) return
    if (counted.driftBytes !== 0) log.error(counted, 'what a space holds was miscounted')
  }
}
