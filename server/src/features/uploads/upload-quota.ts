import type { SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely, type Transaction } from 'kysely'
import { findRoom } from '#features/spaces/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'

/** What an upload will need. */
export interface UploadNeed {
  readonly userId: UserId
  /** That it is for; of a partial one, which does not say, any that this person may write to. */
  readonly spaceId: SpaceId | null
  /** As far as it is known. */
  readonly length: number
}

/** What one person may have begun at a time; each may wait for a week. */
const maxOpenUploads = 1_000

/**
 * Lets pass who may begin another upload: all that a person has begun for a space must fit into it together.
 * One request of a person at a time, until the commit. Throws `too_many_uploads` and `quota_exceeded`.
 */
export async function requireUpload(
  tx: Transaction<Schema>,
  need: UploadNeed,
  now: Date,
): Promise<void> {
  const { userId, spaceId, length } = need
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${userId}, 3))`.execute(tx)
  // Partial ones that are whole wait to be put together, and stay when they were.
  const { rows } = await sql<{ count: number; bytes: number }>`
    SELECT count(*) AS count, coalesce(sum(begun.length) FILTER (
      WHERE begun.space_id IS NOT DISTINCT FROM ${spaceId}::uuid), 0)::bigint AS bytes
    FROM upload_sessions begun LEFT JOIN content_drafts drafts ON drafts.id = begun.id
    WHERE begun.user_id = ${userId} AND begun.state IN ('open', 'stored')
      AND begun.expires_at > ${now}
      AND NOT (begun.kind = 'partial' AND coalesce(drafts.size_bytes = begun.length, false))
  `.execute(tx)
  const { count = 0, bytes = 0 } = rows[0] ?? {}
  if (count >= maxOpenUploads)
    throw new ProblemError('too_many_uploads', { extensions: { maxOpenUploads } })
  if (length > 0) await requireUploadRoom(tx, { ...need, length: bytes + length })
}

/** Throws `quota_exceeded`. */
export async function requireUploadRoom(
  db: Kysely<Schema>,
  { userId, spaceId, length }: UploadNeed,
): Promise<void> {
  const target = spaceId ?? (await findRoomiest(db, userId))
  if (target) (await findRoom(db, target)).require(length)
}

async function findRoomiest(db: Kysely<Schema>, userId: UserId): Promise<SpaceId | undefined> {
  const { rows } = await sql<{ id: SpaceId }>`
    SELECT spaces.id FROM spaces JOIN space_members ON space_members.space_id = spaces.id
    WHERE space_members.user_id = ${userId} AND space_members.role IN ('editor', 'manager', 'owner')
    ORDER BY quota_bytes - used_bytes DESC NULLS FIRST LIMIT 1`.execute(db)
  return rows[0]?.id
}
