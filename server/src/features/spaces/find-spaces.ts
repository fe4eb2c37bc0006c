import type { Space, SpaceId, UserId } from '@cloudsync/protocol'
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
    .innerJoin('space_members', 'space_members.space_id', 'spaces.id')
    .where('space_members.user_id', '=', userId)
    .select([
      'spaces.id',
      'spaces.name',
      'spaces.root_id as rootId',
      'spaces.kind',
      'space_members.role',
      'spaces.seq',
      'spaces.conflict_policy as conflictPolicy',
      'spaces.trash_days as trashDays',
    ])
}
