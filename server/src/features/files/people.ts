import type { User, UserId } from '@cloudsync/protocol'

/** What files must know of accounts. */
export interface People {
  /** The accounts that exist among `ids`. */
  findUsers(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, User>>
}

export interface Person {
  readonly id: UserId
  readonly name: string
  readonly color: string
}

/** A person as others see one; `null` for nobody and for an account that is gone. */
export function presentPerson(users: ReadonlyMap<UserId, User>, id: UserId | null): Person | null {
  const user = id === null ? undefined : users.get(id)
  return user ? { id: user.id, name: user.name, color: user.color } : null
}
