import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely, type NotNull } from 'kysely'
import type { Access, AccessNotifier } from '#features/access/index.ts'
import { sumUsage } from '#features/spaces/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { NodeReader, type NodeRow } from '../nodes/node-reader.ts'
import { NodeWriter } from '../nodes/node-writer.ts'
import type { ListPosition } from '../nodes/readable-page.ts'
import { requireAllBelow } from './closed-below.ts'
import { foldersOfDeparted } from './departed.ts'
import { lockSubtree } from './lock-subtree.ts'

export type TrashedRow = NodeRow & { readonly trashed_at: Date }

/** What was put into the trash of a space, the latest first. */
export async function listTrash(
  db: Kysely<Schema>,
  spaceId: SpaceId,
  { from: { after, skip }, limit }: { readonly from: ListPosition; readonly limit: number },
): Promise<TrashedRow[]> {
  let query = db
    .selectFrom('nodes')
    .selectAll()
    .where('space_id', '=', spaceId)
    .where('trashed_at', 'is not', null)
    .orderBy('trashed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(skip)
  if (after)
    query = query.where((where) =>
      where(where.refTuple('trashed_at', 'id'), '<', where.tuple(after.at, after.id as NodeId)),
    )
  return query.$narrowType<{ trashed_at: NotNull }>().execute()
}

/** The trashed nodes of one batch, at most `limit` of them; folders before what was in them. */
export async function listBatch(
  db: Kysely<Schema>,
  batchId: string,
  limit: number,
): Promise<NodeRow[]> {
  const { rows } = await sql<NodeRow>`
    WITH RECURSIVE ordered AS (
      SELECT id, 0 AS depth FROM nodes batch WHERE trash_batch_id = ${batchId} AND NOT EXISTS (
        SELECT FROM nodes parent WHERE parent.id = batch.parent_id AND parent.trash_batch_id = ${batchId})
      UNION ALL
      SELECT nodes.id, ordered.depth + 1 FROM ordered
      JOIN nodes ON nodes.parent_id = ordered.id AND nodes.trash_batch_id = ${batchId}
    )
    SELECT nodes.* FROM ordered JOIN nodes ON nodes.id = ordered.id
    ORDER BY ordered.depth, nodes.id LIMIT ${limit}
  `.execute(db)
  return rows
}

/**
 * The names of the folders that each node lies in, from the root down, or from the highest that the user may
 * read without a gap; the root has none.
 */
export async function listPaths(
  { db, access }: { readonly db: Kysely<Schema>; readonly access: Pick<Access, 'listAccess'> },
  userId: UserId,
  ids: readonly NodeId[],
): Promise<Map<NodeId, string[]>> {
  const { rows } = await sql<{ id: NodeId; parentId: NodeId | null; name: string }>`
    WITH RECURSIVE above AS (
      SELECT id, parent_id, name FROM nodes WHERE id = ANY(${ids}::uuid[])
      UNION
      SELECT nodes.id, nodes.parent_id, nodes.name
      FROM above JOIN nodes ON nodes.id = above.parent_id
    )
    SELECT id, parent_id AS "parentId", name FROM above
  `.execute(db)
  const nodes = new Map(rows.map((row) => [row.id, row]))
  const readable = await access.listAccess(userId, [...nodes.keys()])
  const pathOf = (id: NodeId): string[] => {
    const names: string[] = []
    for (let at = nodes.get(id)?.parentId ?? null; at !== null && readable.has(at);) {
      const folder = nodes.get(at)
      if (!folder || folder.parentId === null) break
      names.unshift(folder.name)
      at = folder.parentId
    }
    return names
  }
  return new Map(ids.map((id) => [id, pathOf(id)]))
}

export interface TrashParts {
  readonly db: Database
  readonly clock: Clock
  readonly access: Access & AccessNotifier
}

/**
 * Deletes a trashed node for good, with everything below it, and leaves tombstones. What lies below and
 * went to the trash by itself stays there, and has the folder above as its own; but not out of a private folder,
 * with which it is deleted: in the folder above others would find it. Throws `not_found`, and
 * `bad_request` for a node that is not in the trash. A person may not take away for good what is not theirs to
 * delete: throws `forbidden` where a private folder of others lies below.
 */
export async function purgeNode(
  { db, clock, access }: TrashParts,
  id: NodeId,
  actorId: UserId | null,
): Promise<void> {
  await requireTrashed(db.kysely, id)
  await inTransaction(db, async (tx) => {
    const nodes = new NodeWriter(tx, clock)
    const ids = await lockSubtree(tx, id, { trashed: 'in private folders', forDeletion: true })
    const { parent_id: parentId } = await requireTrashed(tx, id)
    if (actorId !== null) await requireAllBelow({ db: tx, access }, actorId, [id])
    const { rows } = await sql<NodeRow>`
      SELECT * FROM nodes WHERE id = ANY(${ids}::uuid[]) ORDER BY id`.execute(tx)
    const { rows: adopted } = await sql<NodeRow>`
      UPDATE nodes SET parent_id = ${parentId}
      WHERE parent_id = ANY(${ids}::uuid[]) AND id <> ALL(${ids}::uuid[]) RETURNING *`.execute(tx)
    for (const each of adopted) nodes.feed.enter(each)
    const spaceId = rows[0]?.space_id
    if (spaceId) nodes.charges.add(spaceId, -(await sumUsage(tx, ids)))
    await tx
      .insertInto('tombstones')
      .columns(['id', 'purged_at'])
      .expression(sql`SELECT unnest(${ids}::uuid[]), ${clock.now()}::timestamptz`)
      .execute()
    await sql`DELETE FROM nodes WHERE id = ANY(${ids}::uuid[])`.execute(tx)
    const lay = foldersOfDeparted(rows, { id, folderId: parentId })
    for (const each of rows) {
      nodes.feed.leave(each.space_id, each.id, lay.get(each.id) ?? null)
      nodes.tell({
        type: each.kind === 'folder' ? 'folder.purged' : 'file.purged',
        spaceId: each.space_id,
        nodeId: each.id,
        actorId: actorId ?? undefined,
        payload: { parentId: each.parent_id, name: each.name },
      })
    }
    await nodes.finish()
  })
}

async function requireTrashed(db: Kysely<Schema>, id: NodeId): Promise<NodeRow> {
  const row = await new NodeReader(db).get(id)
  if (row.trashed_at === null)
    throw new ProblemError('bad_request', { detail: 'It is not in the trash' })
  return row
}

/** Nodes whose time in the trash is over, at most `limit` of them. */
export async function listExpiredTrash(
  db: Kysely<Schema>,
  now: Date,
  limit: number,
): Promise<NodeId[]> {
  const { rows } = await sql<{ id: NodeId }>`
    SELECT nodes.id FROM nodes JOIN spaces ON spaces.id = nodes.space_id
    WHERE nodes.trashed_at < ${now}::timestamptz - spaces.trash_days * interval '1 day'
    ORDER BY nodes.trashed_at LIMIT ${limit}
  `.execute(db)
  return rows.map((row) => row.id)
}
