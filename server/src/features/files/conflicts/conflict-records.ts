import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely, type Selectable } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { ContentName } from '#features/contents/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import type { ConflictSide, ConflictsTable } from '#platform/db/tables/node-tables.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { NodeRow } from '../nodes/node-reader.ts'
import type { NodeWriter } from '../nodes/node-writer.ts'
import type { ListPosition } from '../nodes/readable-page.ts'
import { findVersionOf, insertVersion, type VersionRow } from '../versions/version-store.ts'

export type ConflictRow = Selectable<ConflictsTable>
export type Choice = 'mine' | 'theirs' | 'both'

export interface NewConflict {
  readonly kind: ConflictRow['kind']
  /** The later writer's side. */
  readonly mine: ConflictSide
  /** What was there. */
  readonly theirs: ConflictSide
  /** What the policy has decided already; unset: a person is to decide. */
  readonly resolution?: 'mine'
  readonly actorId: UserId | null
  readonly now: Date
}

/** Records that two people changed one thing; one that waits for a person is counted in the node. */
export async function recordConflict(
  writer: NodeWriter,
  row: NodeRow,
  conflict: NewConflict,
): Promise<ConflictRow> {
  const { kind, mine, theirs, resolution, actorId, now } = conflict
  const recorded = await writer.tx
    .insertInto('conflicts')
    .values({
      id: uuidv7(),
      space_id: row.space_id,
      node_id: row.id,
      kind,
      mine: JSON.stringify(mine),
      theirs: JSON.stringify(theirs),
      resolution: resolution ?? null,
      created_at: now,
      resolved_at: resolution ? now : null,
      resolved_by: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  if (!resolution) await writer.countConflicts(row, 1)
  await appendEvent(writer.tx, {
    type: 'conflict.recorded',
    spaceId: row.space_id,
    nodeId: row.id,
    actorId: actorId ?? undefined,
    payload: { id: recorded.id, kind, mine, theirs, resolution: resolution ?? null },
  })
  return recorded
}

/** Bytes that are not to be what the file holds. They are stored and leased. */
export interface AsideContent extends ContentName {
  readonly authorId: UserId | null
  readonly theirs: ConflictSide
  readonly now: Date
  /** Kept also where the space is full. */
  readonly isExempt?: boolean
}

/**
 * Keeps bytes as a version beside what the file holds, for a person to decide. The same bytes that wait
 * already are kept once.
 */
export async function keepAside(
  writer: NodeWriter,
  row: NodeRow,
  { authorId, theirs, now, ...content }: AsideContent,
): Promise<{ readonly conflictId: string; readonly version: number }> {
  const { tx } = writer
  const waiting = await findWaiting(tx, row.id, content)
  if (waiting) return waiting
  const { number } = await insertVersion(writer, {
    ...content,
    nodeId: row.id,
    reason: 'conflict',
    authorId,
    actorId: authorId ?? undefined,
    createdAt: now,
  })
  const mine = { version: number, by: authorId }
  const conflict = { kind: 'content', mine, theirs, actorId: authorId, now } as const
  const { id } = await recordConflict(writer, row, conflict)
  return { conflictId: id, version: number }
}

async function findWaiting(db: Kysely<Schema>, nodeId: NodeId, { sha256 }: ContentName) {
  const { rows } = await sql<{ conflictId: string; version: number }>`
    SELECT conflicts.id AS "conflictId", versions.number AS version
    FROM conflicts JOIN versions ON versions.node_id = conflicts.node_id
      AND versions.number = (conflicts.mine->>'version')::int
    WHERE conflicts.node_id = ${nodeId} AND conflicts.resolution IS NULL
      AND versions.sha256 = decode(${sha256}, 'hex')
    LIMIT 1`.execute(db)
  return rows[0]
}

/** The side of a conflict that a blob holds now; of a live text, that is no version. */
export async function currentSide(
  { tx }: NodeWriter,
  { id, sha256, updated_by: by }: NodeRow,
): Promise<ConflictSide> {
  const version: VersionRow | undefined = sha256 ? await findVersionOf(tx, id, sha256) : undefined
  return version ? { version: version.number, by: version.author_id } : { by }
}

/** Throws `not_found`. */
export async function getConflict(db: Kysely<Schema>, id: string): Promise<ConflictRow> {
  const row = await db.selectFrom('conflicts').selectAll().where('id', '=', id).executeTakeFirst()
  // Not a word more than who may not see it is told.
  if (!row) throw new ProblemError('not_found')
  return row
}

export interface ConflictsPage {
  /** Of a space, or of one node. */
  readonly of: { readonly spaceId: SpaceId } | { readonly nodeId: NodeId }
  readonly isOpenOnly: boolean
  readonly from: ListPosition
  readonly limit: number
}

/** The latest first; those of nodes in the trash too. */
export function listConflictRows(
  db: Kysely<Schema>,
  { of, isOpenOnly, from: { after, skip }, limit }: ConflictsPage,
): Promise<ConflictRow[]> {
  let query = db
    .selectFrom('conflicts')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(skip)
  query =
    'nodeId' in of
      ? query.where('node_id', '=', of.nodeId)
      : query.where('space_id', '=', of.spaceId)
  if (isOpenOnly) query = query.where('resolution', 'is', null)
  if (after)
    query = query.where((where) =>
      where(where.refTuple('created_at', 'id'), '<', where.tuple(after.at, after.id)),
    )
  return query.execute()
}
