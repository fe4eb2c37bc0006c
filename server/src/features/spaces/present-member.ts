import type { Member, NodeId, Page, Role, User, UserId } from '@cloudsync/protocol'
import { listMemberships } from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'
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
  const page = found.slice(0, limit)
  const users = await people.findUsers(page.map((member) => member.userId))
  const items = page.flatMap(({ userId, role }) => {
    const user = users.get(userId)
    return user ? [presentMember(user, role)] : []
  })
  return { items, nextCursor: found.length > limit ? (page.at(-1)?.userId ?? null) : null }
}
