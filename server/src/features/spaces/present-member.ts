import type { Member, Role, User } from '@cloudsync/protocol'

export function presentMember(user: User, role: Role): Member {
  return { userId: user.id, name: user.name, email: user.email, color: user.color, role }
}
