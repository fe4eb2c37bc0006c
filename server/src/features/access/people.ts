import type { User, UserId } from '@cloudsync/protocol'

/** What access must know of accounts. */
export interface People {
  /** The accounts that exist among `ids`. */
  findUsers(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, User>>
  findUserByEmail(email: string): Promise<User | undefined>
}
