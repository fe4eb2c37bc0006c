import type { AccountFilter, AdminUser, User, UserId } from '@cloudsync/protocol'
import { presenceColors } from '@cloudsync/protocol'
import { randomBytes, randomInt } from 'node:crypto'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { containing } from '#platform/db/containing.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { UserSearch } from '../accounts.ts'
import { hasAnyPasskey, hasApp } from '../second-factor/second-factor-policy.ts'
import { changeAccount, type AccountChange, type AccountChangeParts } from './change-account.ts'

export interface AccountSearch extends UserSearch {
  /** Unset: all. */
  readonly only?: AccountFilter | undefined
}

/** What administrators see of accounts, and do with them. */
export class Administration {
  readonly #options: AccountChangeParts

  constructor(options: AccountChangeParts) {
    this.#options = options
  }

  /** In the order in which they were made. */
  async list({ text, after, limit, only }: AccountSearch): Promise<AdminUser[]> {
    let query = this.#users().orderBy('users.id').limit(limit)
    if (after !== undefined) query = query.where('users.id', '>', after)
    if (text !== undefined) {
      const pattern = containing(text)
      query = query.where((or) =>
        or.or([or('users.name', 'ilike', pattern), or('users.email', 'ilike', pattern)]),
      )
    }
    if (only !== undefined) query = query.where(conditions[only])
    return (await query.execute()).map(presentUser)
  }

  /** Throws `not_found`. */
  async get(userId: UserId): Promise<AdminUser> {
    const row = await this.#users().where('users.id', '=', userId).executeTakeFirst()
    if (!row) throw new ProblemError('not_found')
    return presentUser(row)
  }

  /** All of it or nothing. Throws `not_found`, and `forbidden` for oneself and for the last administrator. */
  change(userId: UserId, adminId: UserId, change: AccountChange): Promise<void> {
    return changeAccount(this.#options, { userId, adminId }, change)
  }

  /** Has no password and no space of its own: it acts by tokens, where it is made a member. */
  async createService(name: string, adminId: UserId): Promise<User> {
    const id = uuidv7() as UserId
    const color = presenceColors[randomInt(presenceColors.length)] ?? presenceColors[0]
    // `.invalid` is nobody's (RFC 2606 §2): it names the account where members are added, and gets no mail.
    const email = `${slugOf(name)}-${randomBytes(3).toString('hex')}@service.invalid`
    await inTransaction(this.#options.db, async (tx) => {
      await tx
        .insertInto('users')
        .values({ id, email, name, color, password_hash: null, kind: 'service' })
        .execute()
      const payload = { userId: id, isAdmin: false, kind: 'service' }
      await appendEvent(tx, { type: 'user.created', actorId: adminId, payload })
    })
    return { id, email, name, color }
  }

  /** Throws `not_found` when it is no service. */
  async requireService(userId: UserId): Promise<void> {
    const user = await this.get(userId)
    if (user.kind !== 'service') throw new ProblemError('not_found')
  }

  #users() {
    return this.#options.db.kysely
      .selectFrom('users')
      .select([
        'users.id',
        'users.email',
        'users.name',
        'users.color',
        'users.kind',
        'users.is_admin as isAdmin',
        'users.is_auditor as isAuditor',
        'users.deactivated_at as deactivatedAt',
        'users.created_at as createdAt',
        hasApp.as('hasTotp'),
        hasAnyPasskey.as('hasPasskeys'),
        sql<Date | null>`(SELECT max(last_used_at) FROM sessions WHERE user_id = users.id)`.as(
          'lastSeenAt',
        ),
      ])
  }
}

const conditions = {
  administrators: sql<boolean>`users.is_admin`,
  auditors: sql<boolean>`users.is_auditor AND NOT users.is_admin`,
  services: sql<boolean>`users.kind = 'service'`,
  deactivated: sql<boolean>`users.deactivated_at IS NOT NULL`,
} as const satisfies Record<AccountFilter, unknown>

type UserRow = Omit<AdminUser, 'isDeactivated' | 'createdAt' | 'lastSeenAt'> & {
  readonly deactivatedAt: Date | null
  readonly createdAt: Date
  readonly lastSeenAt: Date | null
}

function presentUser({ deactivatedAt, createdAt, lastSeenAt, ...user }: UserRow): AdminUser {
  return {
    ...user,
    isDeactivated: deactivatedAt !== null,
    createdAt: createdAt.toISOString(),
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
  }
}

function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
  return slug === '' ? 'service' : slug
}
