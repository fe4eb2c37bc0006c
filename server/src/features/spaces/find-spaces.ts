import type { Space, SpaceId, UserId } from '@cloudsync/protocol'
import { membershipsOf } from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'

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
