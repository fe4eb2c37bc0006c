import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { sql, type Kysely } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { joinLog, syncColumns, type SyncRow } from '../nodes/present-sync-nodes.ts'

export type FeedEntry =
  | { readonly type: 'node'; readonly seq: number; readonly row: SyncRow }
  /** `row`: it is in the space all the same, and gone only for who sees it no more where it lies now. */
  | {
      readonly type: 'gone'
      readonly seq: number
      readonly id: NodeId
      readonly row: SyncRow | undefined
      /** Where it lay: who may read this folder hears of it. */
      readonly folderId: NodeId | null
    }

/**
 * What has changed in a space after a sequence number: the latest state of each node and the departures,
 * in the order of their numbers. Throws `cursor_expired` when nobody can go on from this number: what was gone
 * since was forgotten, or the space never came so far, since its database was restored.
 */
export async function listChanges(
  db: Kysely<Schema>,
  spaceId: SpaceId,
  page: { readonly after: number; readonly limit: number },
): Promise<FeedEntry[]> {
  const { after, limit } = page
  // One statement sees one moment: of two, the later would give numbers beyond some that the first
  // had not seen yet, or find forgotten what the first had read. `IS TRUE` keeps the index of the space's
  // numbers out of the join: while the table is new, all of the space is one row in the planner's eyes,
  // and it would read that for each row of the page.
  const { rows } = await sql<FeedRow>`
    WITH feed AS (
      (SELECT rev, id, false AS is_departure, NULL::uuid AS folder_id
        FROM nodes WHERE space_id = ${spaceId} AND rev > ${after}
        ORDER BY rev LIMIT ${limit})
      UNION ALL
      (SELECT rev, node_id, true, folder_id FROM departures WHERE space_id = ${spaceId} AND rev > ${after}
        ORDER BY rev LIMIT ${limit})
      ORDER BY rev LIMIT ${limit}
    )
    SELECT ${after} BETWEEN spaces.feed_since AND spaces.seq AS is_known,
      feed.rev AS feed_rev, feed.id AS feed_id, is_departure,
      feed.folder_id AS feed_folder_id, nodes.*, ${syncColumns}
    FROM spaces LEFT JOIN feed ON true
      LEFT JOIN nodes ON nodes.id = feed.id AND (nodes.space_id = ${spaceId}) IS TRUE ${joinLog}
    WHERE spaces.id = ${spaceId}
    ORDER BY feed.rev
  `.execute(db)
  if (!rows[0]?.is_known) throw new ProblemError('cursor_expired')
  return rows.flatMap((entry): FeedEntry[] => {
    if (entry.feed_rev === null) return []
    const { feed_rev: seq, feed_id: id, feed_folder_id: folderId } = entry
    // Not a copy without what the feed says: of a thousand that takes longer than to read them.
    const row = entry.id === null ? undefined : entry
    return row && !entry.is_departure
      ? [{ type: 'node', seq, row }]
      : [{ type: 'gone', seq, id, row, folderId }]
  })
}

type FeedRow = { readonly is_known: boolean } & (
  | { readonly feed_rev: null }
  | ({
      readonly feed_rev: number
      readonly feed_id: NodeId
      readonly is_departure: boolean
      readonly feed_folder_id: NodeId | null
    } & (SyncRow | { readonly id: null }))
)
