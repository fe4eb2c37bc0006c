import type { NodeId, SpaceId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import type { NodeRow } from '../nodes/node-reader.ts'

export type FeedEntry =
  | { readonly type: 'node'; readonly seq: number; readonly row: NodeRow }
  | { readonly type: 'gone'; readonly seq: number; readonly id: NodeId }

/**
 * What has changed in a space after a sequence number: the latest state of each node and the departures,
 * in the order of their numbers.
 */
export async function listChanges(
  db: Kysely<Schema>,
  spaceId: SpaceId,
  page: { readonly after: number; readonly limit: number },
): Promise<FeedEntry[]> {
  const { after, limit } = page
  const changed = await db
    .selectFrom('nodes')
    .selectAll()
    .where('space_id', '=', spaceId)
    .where('rev', '>', after)
    .orderBy('rev')
    .limit(limit)
    .execute()
  const departed = await db
    .selectFrom('departures')
    .select(['node_id', 'rev'])
    .where('space_id', '=', spaceId)
    .where('rev', '>', after)
    .orderBy('rev')
    .limit(limit)
    .execute()
  const entries: FeedEntry[] = [
    ...changed.map((row) => ({ type: 'node' as const, seq: row.rev, row })),
    ...departed.map((row) => ({ type: 'gone' as const, seq: row.rev, id: row.node_id })),
  ]
  return entries.toSorted((one, other) => one.seq - other.seq).slice(0, limit)
}
