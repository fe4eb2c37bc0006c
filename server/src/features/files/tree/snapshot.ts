import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { joinLog, syncColumns, type SyncRow } from '../nodes/present-sync-nodes.ts'

/**
 * Folders come first, in the order of their ids, which never change; then files, in the order of their places in the
 * feed, of which those that change meanwhile are told by the feed.
 */
export type SnapshotPlace =
  | { readonly phase: 'folders'; readonly after: NodeId }
  | { readonly phase: 'files'; readonly after: number }

export const firstPlace: SnapshotPlace = {
  phase: 'folders',
  after: '00000000-0000-0000-0000-000000000000' as NodeId,
}
export const firstFiles: SnapshotPlace = { phase: 'files', after: 0 }

/** What of a space is read. */
export interface SnapshotScope {
  readonly spaceId: SpaceId
  /** Nothing that has changed after it, which the feed tells. */
  readonly upTo: number
  /** Found from these nodes down, which are listed too if `areListed`. Unset: the whole space. */
  readonly from?: { readonly ids: readonly NodeId[]; readonly areListed: boolean } | undefined
}

/** The next rows that are not in the trash themselves, at most `limit`. */
export async function readSnapshot(
  db: Kysely<Schema>,
  { spaceId, upTo, from }: SnapshotScope,
  place: SnapshotPlace,
  limit: number,
): Promise<SyncRow[]> {
  const { isNext, key } = orderOf(place)
  const isIn = from ? isBelow(from) : sql`true`
  const { rows } = await sql<SyncRow>`
    ${from ? foldersBelow(from.ids) : sql``}
    SELECT nodes.*, ${syncColumns} FROM (
      SELECT * FROM nodes
      WHERE space_id = ${spaceId} AND trashed_at IS NULL AND rev <= ${upTo} AND ${isNext} AND ${isIn}
      ORDER BY ${key} LIMIT ${limit}
    ) nodes ${joinLog}
    ORDER BY nodes.${key}
  `.execute(db)
  return rows
}

function orderOf(place: SnapshotPlace): { isNext: RawBuilder<unknown>; key: RawBuilder<unknown> } {
  return place.phase === 'folders'
    ? { isNext: sql`kind = 'folder' AND id > ${place.after}`, key: sql`id` }
    : { isNext: sql`kind <> 'folder' AND rev > ${place.after}`, key: sql`rev` }
}

/** `below`: those of the nodes that are folders, and all folders below them. */
function foldersBelow(ids: readonly NodeId[]): RawBuilder<unknown> {
  return sql`
    WITH RECURSIVE below AS (
      SELECT id FROM nodes WHERE id = ANY(${ids}::uuid[]) AND kind = 'folder'
      UNION
      SELECT nodes.id FROM below JOIN nodes ON nodes.parent_id = below.id
      WHERE nodes.kind = 'folder' AND nodes.trashed_at IS NULL
    )`
}

function isBelow({ ids, areListed }: NonNullable<SnapshotScope['from']>): RawBuilder<unknown> {
  const below = sql`parent_id = ANY(ARRAY(SELECT id FROM below))`
  return areListed ? sql`(${below} OR id = ANY(${ids}::uuid[]))` : below
}

/** Up to so many folders are looked for anew for each page; of more, the whole space is read and the others left out. */
const maxFoldersBelow = 2_000

/** Whether few enough folders lie below these nodes that they are found from there. */
export async function areFewBelow(db: Kysely<Schema>, ids: readonly NodeId[]): Promise<boolean> {
  const { rows } = await sql<{ count: number }>`
    ${foldersBelow(ids)}
    SELECT count(*)::int AS count FROM (SELECT FROM below LIMIT ${maxFoldersBelow + 1}) few
  `.execute(db)
  return (rows[0]?.count ?? 0) <= maxFoldersBelow
}

/** What lies above nodes, with the folder above each; without what lies above `top`, if that is given. */
export async function readAbove(
  db: Kysely<Schema>,
  ids: readonly NodeId[],
  top: NodeId | undefined,
): Promise<ReadonlyMap<NodeId, NodeId | null>> {
  const { rows } = await sql<{ id: NodeId; parentId: NodeId | null }>`
    WITH RECURSIVE above AS (
      SELECT id, parent_id FROM nodes WHERE id = ANY(${ids}::uuid[])
      UNION
      SELECT nodes.id, nodes.parent_id FROM above JOIN nodes ON nodes.id = above.parent_id
      WHERE above.id IS DISTINCT FROM ${top ?? null}::uuid
    )
    SELECT id, parent_id AS "parentId" FROM above
  `.execute(db)
  return new Map(rows.map(({ id, parentId }) => [id, parentId]))
}

/** Rows of nodes by their ids, as far as they have not changed after `upTo`. */
export async function readSnapshotRows(
  db: Kysely<Schema>,
  ids: readonly NodeId[],
  upTo: number,
): Promise<SyncRow[]> {
  if (ids.length === 0) return []
  const { rows } = await sql<SyncRow>`
    SELECT nodes.*, ${syncColumns} FROM nodes ${joinLog}
    WHERE nodes.id = ANY(${ids}::uuid[]) AND trashed_at IS NULL AND rev <= ${upTo}
  `.execute(db)
  return rows
}
