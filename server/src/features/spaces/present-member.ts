import type { Member, NodeId, Page, Role, User, UserId } from '@cloudsync/protocol'
import { listMemberships } from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import type { People } from './people.ts'

export function presentMember(user: User, role: Role): Member {
  return { userId: user.id, name: user.name, email: user.email, color: user.color, role }
}

/** A page of those who are members of a space by themselves. */
export async function presentMembers(
  { db, people }: { readonly db: Database; readonly people: People },
  rootId: NodeId,
  { after, limit }: { readonly after: UserId | undefined; readonly limit: number },
): Promise<Page<Member>> {
  const found = await listMemberships(db.kysely, rootId, { after, limit: limit + 1 })
  const page = pageOf(found, limit, ({ userId }) => userId)
  const users = await people.findUsers(page.items.map((member) => member.userId))
  const items = page.items.flatMap(({ userId, role }) => {
    const user = users.get(userId)
    return user ? [presentMember(user, role)] : []
  })
  return { items, nextCursor: page.nextCursor }
}
