import type { NodeId, SpaceId } from '@cloudsync/protocol'
import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'

/**
 * What a space holds, as people count it: the sizes of current texts, of all versions, and of the history
 * segments of files, wherever else the same bytes are stored. What lies in the trash counts until it is
 * purged.
 *
 * `spaces.used_bytes` follows in the transaction of each change, by a difference that is added under the
 * lock of the space, right before the commit. A keystroke changes nothing of it: the size of a text follows
 * with its touch, its log when it is folded.
 */
export interface SpaceUsage {
  readonly usedBytes: number
  /** `null`: no limit. */
  readonly quotaBytes: number | null
}

/** The refusal of what does not fit. */
export function quotaExceeded({ usedBytes, quotaBytes }: SpaceUsage, neededBytes: number) {
  return new ProblemError('quota_exceeded', { extensions: { quotaBytes, usedBytes, neededBytes } })
}

/** How many bytes may still come. */
export function roomIn({ usedBytes, quotaBytes }: SpaceUsage): number {
  return quotaBytes === null ? Infinity : Math.max(0, quotaBytes - usedBytes)
}

/** Throws `not_found`. */
export async function getUsage(db: Kysely<Schema>, spaceId: SpaceId): Promise<SpaceUsage> {
  const usage = await db
    .selectFrom('spaces')
    .select(['used_bytes as usedBytes', 'quota_bytes as quotaBytes'])
    .where('id', '=', spaceId)
    .executeTakeFirst()
  if (!usage) throw new ProblemError('not_found')
  return usage
}

/** Of each of the spaces that there are. */
export async function listUsages(
  db: Kysely<Schema>,
  spaceIds: readonly SpaceId[],
): Promise<Map<SpaceId, SpaceUsage>> {
  const rows = await db
    .selectFrom('spaces')
    .select(['id', 'used_bytes as usedBytes', 'quota_bytes as quotaBytes'])
    .where(sql<boolean>`id = ANY(${spaceIds}::uuid[])`)
    .execute()
  return new Map(rows.map(({ id, ...usage }) => [id, usage]))
}

/** What is left of a space for what is about to arrive. Nothing is held for it, so the commit asks again. */
export interface Room {
  /** Throws `quota_exceeded` when that many bytes do not fit. */
  require(neededBytes: number): void
}

export async function findRoom(db: Kysely<Schema>, spaceId: SpaceId): Promise<Room> {
  return roomOf(await getUsage(db, spaceId))
}

/** What was left of a space when it held that much. */
export function roomOf(usage: SpaceUsage): Room {
  return {
    require: (neededBytes) => {
      if (neededBytes > 0 && neededBytes > roomIn(usage)) throw quotaExceeded(usage, neededBytes)
    },
  }
}

/** What these nodes hold of their space, themselves and without what lies below them. */
export async function sumUsage(db: Kysely<Schema>, nodeIds: readonly NodeId[]): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`
    SELECT ${usageOf(sql`nodes.id = ANY(${nodeIds}::uuid[])`)} AS bytes`.execute(db)
  return rows[0]?.bytes ?? 0
}

/** All that the nodes hold for which a condition is true. */
export function usageOf(condition: RawBuilder<unknown>): RawBuilder<number> {
  return sql`(
    (SELECT coalesce(sum(nodes.size_bytes), 0) FROM nodes WHERE nodes.kind = 'text' AND ${condition})
    + (SELECT coalesce(sum(versions.size_bytes), 0)
      FROM versions JOIN nodes ON nodes.id = versions.node_id WHERE ${condition})
    + (SELECT coalesce(sum(octet_length(segments.rows) + coalesce(octet_length(segments.base), 0)), 0)
      FROM history_segments segments JOIN nodes ON nodes.id = segments.document_id
      WHERE nodes.kind <> 'folder' AND ${condition})
  )::bigint`
}

/**
 * So far over its quota may a space be brought by typing, which is never refused at the quota itself: what
 * was typed in the seconds before somebody notices must not be lost.
 */
function typingSlackBytes(quotaBytes: number): number {
  return Math.min(maxSlackBytes, Math.max(minSlackBytes, Math.ceil(quotaBytes * slackShare)))
}

const minSlackBytes = 1024 ** 2
const maxSlackBytes = 64 * 1024 ** 2
const slackShare = 0.05

/** Whether a space is so full that its texts can only be read. */
export function isClosedToTyping({ usedBytes, quotaBytes }: SpaceUsage): boolean {
  return quotaBytes !== null && usedBytes > quotaBytes + typingSlackBytes(quotaBytes)
}

/** Those of the spaces that are so full. */
export async function listSpacesClosedToTyping(
  db: Kysely<Schema>,
  spaceIds: readonly SpaceId[],
): Promise<SpaceId[]> {
  const usages = await listUsages(db, spaceIds)
  return [...usages].flatMap(([id, usage]) => (isClosedToTyping(usage) ? [id] : []))
}
