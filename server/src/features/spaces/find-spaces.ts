import type { AdminSpace, Space, SpaceId, UserId } from '@cloudsync/protocol'
import type { Kysely } from 'kysely'
import { membershipsOf } from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'

/** A page of the spaces that a user belongs to, the oldest first: the personal one leads. */
export async function listSpaces(
  db: Database,
  userId: UserId,
  page: { readonly after: SpaceId | undefined; readonly limit: number },
): Promise<Space[]> {
  let query = spacesOf(db, userId).orderBy('spaces.id').limit(page.limit)
  if (page.after !== undefined) query = query.where('spaces.id', '>', page.after)
  return query.execute()
}

/** The space with the user's role in it, or `undefined` when the user is no member. */
export function findSpace(
  db: Database,
  userId: UserId,
  spaceId: SpaceId,
): Promise<Space | undefined> {
  return spacesOf(db, userId).where('spaces.id', '=', spaceId).executeTakeFirst()
}

const adminColumns = [
  'id',
  'name',
  'kind',
  'used_bytes as usedBytes',
  'quota_bytes as quotaBytes',
] as const

/** A page of all spaces, the oldest first. */
export async function listAllSpaces(
  db: Database,
  page: { readonly after: SpaceId | undefined; readonly limit: number },
): Promise<AdminSpace[]> {
  let query = db.kysely.selectFrom('spaces').select(adminColumns).orderBy('id').limit(page.limit)
  if (page.after !== undefined) query = query.where('id', '>', page.after)
  return query.execute()
}

/** Gives the space, or `undefined` when there is none. */
export function setQuota(
  db: Kysely<Schema>,
  spaceId: SpaceId,
  quotaBytes: number | null,
): Promise<AdminSpace | undefined> {
  return db
    .updateTable('spaces')
    .set({ quota_bytes: quotaBytes })
    .where('id', '=', spaceId)
    .returning(adminColumns)
    .executeTakeFirst()
}

function spacesOf(db: Database, userId: UserId) {
  return db.kysely
    .selectFrom('spaces')
    .innerJoin(membershipsOf(userId).as('membership'), (join) =>
      join.onRef('membership.root_id', '=', 'spaces.root_id'),
    )
    .select([
      'spaces.id',
      'spaces.name',
      'spaces.root_id as rootId',
      'spaces.kind',
      'membership.role',
      'spaces.seq',
      'spaces.conflict_policy as conflictPolicy',
      'spaces.trash_days as trashDays',
      'spaces.used_bytes as usedBytes',
      'spaces.quota_bytes as quotaBytes',
    ])
}
