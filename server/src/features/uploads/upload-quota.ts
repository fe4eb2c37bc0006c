import type { SpaceId, UserId } from '@cloudsync/protocol'
import { sql, type Kysely, type Transaction } from 'kysely'
import { findRoom, type Room } from '#features/spaces/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import { ProblemError } from '#platform/problem-error.ts'

/** Who makes an upload, and what for. */
export interface UploadNeed {
  readonly userId: UserId
  /** That it is for; of a partial one, which does not say, any that this person may write to. */
  readonly spaceId: SpaceId | null
}

/** What one person may have begun at a time; each may wait for a week. */
const maxOpenUploads = 1_000

/**
 * Lets pass who may begin another upload: all that a person has begun for a space must fit into it together.
 * One request of a person at a time, until the commit. Throws `too_many_uploads` and `quota_exceeded`.
 */
export async function requireUpload(
  tx: Transaction<Schema>,
  need: UploadNeed & { readonly length: number },
  now: Date,
): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${need.userId}, 3))`.execute(tx)
  const { count, bytes } = await sumBegun(tx, need, now)
  if (count >= maxOpenUploads)
    throw new ProblemError('too_many_uploads', { extensions: { maxOpenUploads } })
  if (need.length > 0) (await findSpaceRoom(tx, need)).require(bytes + need.length)
}

/** The room that an upload may take beside all else that its person has begun. Throws `forbidden`. */
export async function findUploadRoom(
  db: Kysely<Schema>,
  need: UploadNeed & { readonly id: string },
  now: Date,
): Promise<Room> {
  const { bytes } = await sumBegun(db, need, now)
  const room = await findSpaceRoom(db, need)
  return { require: (neededBytes) => room.require(bytes + neededBytes) }
}

/**
 * What a person has begun: how many uploads, and the bytes of those for this space but for the one of this `id`.
 * One whose length is not known has the bytes that have come. Partial ones count until they are put together.
 */
async function sumBegun(
  db: Kysely<Schema>,
  { userId, spaceId, id }: UploadNeed & { readonly id?: string },
  now: Date,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const { rows } = await sql<{ count: number; bytes: number }>`
    SELECT count(*) AS count, coalesce(sum(coalesce(begun.length, drafts.size_bytes)) FILTER (
      WHERE begun.space_id IS NOT DISTINCT FROM ${spaceId}::uuid
        AND begun.id IS DISTINCT FROM ${id ?? null}::uuid), 0)::bigint AS bytes
    FROM upload_sessions begun LEFT JOIN content_drafts drafts ON drafts.id = begun.id
    WHERE begun.user_id = ${userId} AND begun.state IN ('open', 'stored')
      AND begun.expires_at > ${now}
  `.execute(db)
  return rows[0] ?? { count: 0, bytes: 0 }
}

async function findSpaceRoom(db: Kysely<Schema>, { userId, spaceId }: UploadNeed): Promise<Room> {
  const target = spaceId ?? (await findRoomiest(db, userId))
  if (!target) throw new ProblemError('forbidden')
  return findRoom(db, target)
}

async function findRoomiest(db: Kysely<Schema>, userId: UserId): Promise<SpaceId | undefined> {
  const { rows } = await sql<{ id: SpaceId }>`
    SELECT spaces.id FROM spaces WHERE id IN (
      SELECT space_id FROM grants WHERE role IN ('editor', 'manager', 'owner')
        AND (expires_at IS NULL OR expires_at > now())
        AND (subject_id = ${userId}
          OR subject_id IN (SELECT group_id FROM group_members WHERE user_id = ${userId})))
    ORDER BY quota_bytes - used_bytes DESC NULLS FIRST LIMIT 1`.execute(db)
  return rows[0]?.id
}
