import type { NodeId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import { withNext } from '#platform/db/marked-statements.ts'
import type { Schema } from '#platform/db/schema.ts'

/** A text gets a version when it has been at rest so long … */
const restMs = 5 * 60_000
/** … and while it is edited at least so often. */
const maxEditingMs = 30 * 60_000
/** How long a worker has a due text for itself. */
const leaseMs = 2 * 60_000

/** A due text that a worker has taken. */
export interface VersionLease {
  readonly nodeId: NodeId
  readonly takenAt: Date
  readonly endsAt: Date
}

/** Notes that texts were edited `now`, so that each gets its next version in time. */
export async function markVersionsDue(
  db: Kysely<Schema>,
  nodeIds: readonly NodeId[],
  now: Date,
): Promise<void> {
  if (nodeIds.length === 0) return
  const dueAt = new Date(now.getTime() + restMs)
  await sql`${withNext} INSERT INTO version_dues AS due (node_id, first_edit_at, due_at)
    SELECT id, ${now}, ${dueAt} FROM nodes
    WHERE id = ANY(${nodeIds}::uuid[]) AND kind = 'text' ORDER BY id
    ON CONFLICT (node_id) DO UPDATE SET
      due_at = least(${dueAt}, due.first_edit_at + ${maxEditingMs} * interval '1 millisecond')
  `.execute(db)
}

/**
 * Takes texts whose time has come. A lease that is not settled ends by itself, so that a worker that
 * died forgets none. An edit during the lease makes the text due anew.
 */
export async function takeDueVersions(
  db: Kysely<Schema>,
  now: Date,
  limit: number,
): Promise<VersionLease[]> {
  const endsAt = new Date(now.getTime() + leaseMs)
  const { rows } = await sql<{ node_id: NodeId }>`
    UPDATE version_dues SET first_edit_at = ${now}, due_at = ${endsAt}
    WHERE node_id IN (
      SELECT node_id FROM version_dues WHERE due_at <= ${now}
      ORDER BY due_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
    )
    RETURNING node_id
  `.execute(db)
  return rows.map((row) => ({ nodeId: row.node_id, takenAt: now, endsAt }))
}

/** Ends a lease when its version is made. An edit since then keeps the text due. */
export async function settleVersionLease(db: Kysely<Schema>, lease: VersionLease): Promise<void> {
  await db
    .deleteFrom('version_dues')
    .where('node_id', '=', lease.nodeId)
    .where('first_edit_at', '=', lease.takenAt)
    .where('due_at', '=', lease.endsAt)
    .execute()
}

/** A text that has become a blob is due no more. In the transaction of that. */
export async function forgetVersionDue(db: Kysely<Schema>, nodeId: NodeId): Promise<void> {
  await db.deleteFrom('version_dues').where('node_id', '=', nodeId).execute()
}

/**
 * Makes due what was edited after its last version without anybody having noted it: the process ended
 * between an edit and its touch.
 */
export async function markMissedVersionsDue(db: Kysely<Schema>, now: Date): Promise<void> {
  const dueAt = new Date(now.getTime() + restMs)
  await sql`
    INSERT INTO version_dues (node_id, first_edit_at, due_at)
    SELECT documents.id, ${now}, ${dueAt}
    FROM documents JOIN nodes ON nodes.id = documents.id AND nodes.kind = 'text'
    WHERE documents.seq > coalesce(
      (SELECT max(seq) FROM versions WHERE node_id = documents.id AND epoch = documents.epoch), 0)
    ORDER BY documents.id
    ON CONFLICT (node_id) DO NOTHING
  `.execute(db)
}
