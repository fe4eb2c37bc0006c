import type { NodeId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import { withNext } from '#platform/db/marked-statements.ts'
import type { Schema } from '#platform/db/schema.ts'

/** How often the versions of one file are looked at, as long as some of them may go. */
const lookMs = 24 * 3_600_000
/** How long a worker has a file for itself. */
const leaseMs = 10 * 60_000

/** Notes that a file has got a version more than one: some may have to go, a day from `now` or later. */
export async function markPruneDue(db: Kysely<Schema>, nodeId: NodeId, now: Date): Promise<void> {
  await sql`${withNext} INSERT INTO version_prunes (node_id, due_at)
    VALUES (${nodeId}, ${nextLook(now)}) ON CONFLICT DO NOTHING`.execute(db)
}

/** Takes files whose time has come. A lease that is not settled ends by itself. */
export async function takeDuePrunes(
  db: Kysely<Schema>,
  now: Date,
  limit: number,
): Promise<NodeId[]> {
  const { rows } = await sql<{ node_id: NodeId }>`
    UPDATE version_prunes SET due_at = ${new Date(now.getTime() + leaseMs)}
    WHERE node_id IN (
      SELECT node_id FROM version_prunes WHERE due_at <= ${now}
      ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    RETURNING node_id`.execute(db)
  return rows.map((row) => row.node_id)
}

/** In the transaction that has the file for itself, so that a version that comes later notes it anew. */
export async function settlePrune(
  db: Kysely<Schema>,
  nodeId: NodeId,
  next: { readonly now: Date; readonly isOver: boolean },
): Promise<void> {
  if (next.isOver) await db.deleteFrom('version_prunes').where('node_id', '=', nodeId).execute()
  else
    await db
      .updateTable('version_prunes')
      .set({ due_at: nextLook(next.now) })
      .where('node_id', '=', nodeId)
      .execute()
}

function nextLook(now: Date): Date {
  return new Date(now.getTime() + lookMs)
}
