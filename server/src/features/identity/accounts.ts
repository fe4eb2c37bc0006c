import { presenceColors, type Me, type User, type UserId } from '@cloudsync/protocol'
import { randomInt } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { createSpace, type SpaceDefaults } from '#features/spaces/index.ts'
import { containing } from '#platform/db/containing.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { appendEvent } from '#platform/events.ts'
import { mustSetUp } from './second-factor/second-factor-policy.ts'

export interface NewAccount {
  /** In lower case. */
  readonly email: string
  readonly name: string
  /** `null`: they sign in by another provider. */
  readonly passwordHash: string | null
  readonly isAdmin: boolean
  /** When it was shown that the address is theirs. */
  readonly emailVerifiedAt?: Date
  /** Who makes it; unset: the account makes itself. */
  readonly createdBy?: UserId
  /** Of its personal space. */
  readonly spaceDefaults?: SpaceDefaults | undefined
}

/** Makes an account and its personal space; `undefined` when the e-mail address has an account already. */
export async function createAccount(
  tx: Transaction<Schema>,
  account: NewAccount,
): Promise<User | undefined> {
  const { email, name } = account
  const id = uuidv7() as UserId
  const color = presenceColors[randomInt(presenceColors.length)] ?? presenceColors[0]
  const inserted = await tx
    .insertInto('users')
    .values({
      id,
      email,
      name,
      color,
      password_hash: account.passwordHash,
      is_admin: account.isAdmin,
      email_verified_at: account.emailVerifiedAt ?? null,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .executeTakeFirst()
  if (!inserted) return undefined
  await appendEvent(tx, {
    type: 'user.created',
    actorId: account.createdBy ?? id,
    payload: { userId: id, isAdmin: account.isAdmin },
  })
  const { spaceDefaults: defaults } = account
  await createSpace(tx, { name: `${name}'s files`, kind: 'personal', ownerId: id, defaults })
  return { id, email, name, color }
}

/** What an app may be told of somebody. */
export interface Profile extends User {
  readonly isEmailVerified: boolean
}

export interface UserSearch {
  /** What the name or the e-mail address contains, in any case; unset: everybody. */
  readonly text: string | undefined
  /** The last one seen. */
  readonly after: UserId | undefined
  readonly limit: number
}

const userColumns = ['id', 'email', 'name', 'color'] as const

/** Reads accounts. */
export class Accounts {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  findUser(userId: UserId): Promise<User | undefined> {
    return this.#users().where('id', '=', userId).executeTakeFirst()
  }

  /** The accounts that exist among `ids`. */
  async findUsers(ids: readonly UserId[]): Promise<ReadonlyMap<UserId, User>> {
    if (ids.length === 0) return new Map()
    const isAsked = sql<boolean>`id = any(${ids}::uuid[])`
    const users = await this.#users().where(isAsked).execute()
    return new Map(users.map((user) => [user.id, user]))
  }

  /** `email` in lower case and without NUL, as the protocol's schema leaves it. */
  findUserByEmail(email: string): Promise<User | undefined> {
    return this.#users().where('email', '=', email).executeTakeFirst()
  }

  async findProfile(userId: UserId): Promise<Profile | undefined> {
    const row = await this.#users()
      .select('email_verified_at')
      .where('id', '=', userId)
      .where('deactivated_at', 'is', null)
      .executeTakeFirst()
    if (!row) return undefined
    const { email_verified_at: verifiedAt, ...user } = row
    return { ...user, isEmailVerified: verifiedAt !== null }
  }

  findMe(userId: UserId): Promise<Me | undefined> {
    return this.#users()
      .select([
        'is_admin as isAdmin',
        'is_auditor as isAuditor',
        mustSetUp.as('mustSetUpSecondFactor'),
      ])
      .where('id', '=', userId)
      .executeTakeFirst()
  }

  /** In the order in which they were made. */
  async listUsers(search: UserSearch): Promise<User[]> {
    let query = this.#users().orderBy('id').limit(search.limit)
    if (search.after !== undefined) query = query.where('id', '>', search.after)
    if (search.text !== undefined) {
      const pattern = containing(search.text)
      query = query.where((or) =>
        or.or([or('name', 'ilike', pattern), or('email', 'ilike', pattern)]),
      )
    }
    return query.execute()
  }

  async hasAny(): Promise<boolean> {
    const user = await this.#db.kysely.selectFrom('users').select('id').limit(1).executeTakeFirst()
    return user !== undefined
  }

  #users() {
    return this.#db.kysely.selectFrom('users').select(userColumns)
  }
}
