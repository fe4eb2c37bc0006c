import type { AccountFilter, AdminUser, User, UserId } from '@cloudsync/protocol'
import { presenceColors } from '@cloudsync/protocol'
import { randomBytes, randomInt } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '#platform/clock.ts'
import { containing } from '#platform/db/containing.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { UserSearch } from '../accounts.ts'
import { dropChallenges } from '../challenges.ts'
import type { AccountLinks } from '../links/account-links.ts'
import type { Sessions } from '../sessions.ts'

export interface AdministrationOptions {
  readonly db: Database
  readonly clock: Clock
  readonly sessions: Sessions
  readonly links: AccountLinks
}

export interface AccountSearch extends UserSearch {
  /** Unset: all. */
  readonly only?: AccountFilter | undefined
}

/** What somebody may do with the installation; unset: as it is. */
export interface InstallationRole {
  readonly isAdmin?: boolean | undefined
  readonly isAuditor?: boolean | undefined
}

/** What administrators see of accounts, and do with them. */
export class Administration {
  readonly #options: AdministrationOptions

  constructor(options: AdministrationOptions) {
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

  /**
   * Ends all sessions and tokens of an account at once, and lets nobody in any more. Throws `forbidden` for
   * oneself and for the last administrator.
   */
  async deactivate(userId: UserId, adminId: UserId): Promise<void> {
    refuseSelf(userId, adminId)
    const { db, clock, sessions, links } = this.#options
    const ends = await inTransaction(db, async (tx) => {
      await requireOtherAdmin(tx, userId)
      // Sign-ins that are under way hold the row, or find it changed.
      const user = await tx
        .updateTable('users')
        .set((set) => ({ deactivated_at: set.fn.coalesce('deactivated_at', set.val(clock.now())) }))
        .where('id', '=', userId)
        .returning('id')
        .executeTakeFirst()
      if (!user) throw new ProblemError('not_found')
      await dropChallenges(tx, userId)
      await links.revokeAllOf(tx, userId, ['password_reset', 'email_change'])
      const payload = { userId }
      await appendEvent(tx, { type: 'user.deactivated', actorId: adminId, payload })
      return sessions.markAllEnded(tx, userId, {
        reason: 'deactivated',
        kinds: ['sign_in', 'token'],
        by: adminId,
      })
    })
    sessions.announceEnds(ends)
  }

  /** They sign in anew, and make their tokens anew. */
  async reactivate(userId: UserId, adminId: UserId): Promise<void> {
    await inTransaction(this.#options.db, async (tx) => {
      const user = await tx
        .updateTable('users')
        .set({ deactivated_at: null })
        .where('id', '=', userId)
        .returning('id')
        .executeTakeFirst()
      if (!user) throw new ProblemError('not_found')
      await appendEvent(tx, { type: 'user.reactivated', actorId: adminId, payload: { userId } })
    })
  }

  /** Throws `not_found`, and `forbidden` for oneself and for the last administrator. */
  async setRole(userId: UserId, adminId: UserId, role: InstallationRole): Promise<void> {
    refuseSelf(userId, adminId)
    await inTransaction(this.#options.db, async (tx) => {
      if (role.isAdmin === false) await requireOtherAdmin(tx, userId)
      const old = await tx
        .selectFrom('users')
        .select(['is_admin as isAdmin', 'is_auditor as isAuditor'])
        .where('id', '=', userId)
        .forUpdate()
        .executeTakeFirst()
      if (!old) throw new ProblemError('not_found')
      const { isAdmin = old.isAdmin, isAuditor = old.isAuditor } = role
      if (isAdmin === old.isAdmin && isAuditor === old.isAuditor) return
      await tx
        .updateTable('users')
        .set({ is_admin: isAdmin, is_auditor: isAuditor })
        .where('id', '=', userId)
        .execute()
      const payload = { userId, isAdmin, isAuditor, old }
      await appendEvent(tx, { type: 'user.role_changed', actorId: adminId, payload })
    })
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
    return this.#options.db.kysely.selectFrom('users').select([
      'users.id',
      'users.email',
      'users.name',
      'users.color',
      'users.kind',
      'users.is_admin as isAdmin',
      'users.is_auditor as isAuditor',
      'users.deactivated_at as deactivatedAt',
      'users.created_at as createdAt',
      sql<boolean>`EXISTS (
          SELECT FROM totp_secrets WHERE user_id = users.id AND confirmed_at IS NOT NULL
        )`.as('hasTotp'),
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

/**
 * Throws `forbidden` when `userId` is the last person who administers the installation. Two who would put each other
 * out wait here for one another, and the second finds out.
 */
async function requireOtherAdmin(tx: Transaction<Schema>, userId: UserId): Promise<void> {
  const admins = await tx
    .selectFrom('users')
    .select('id')
    .where('is_admin', '=', true)
    .where('kind', '=', 'person')
    .where('deactivated_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute()
  const isLast = admins.some(({ id }) => id === userId) && admins.length === 1
  if (isLast)
    throw new ProblemError('forbidden', { detail: 'The last administrator stays administrator' })
}

/** Nobody locks themselves out by mistake. */
function refuseSelf(userId: UserId, adminId: UserId): void {
  if (userId === adminId)
    throw new ProblemError('forbidden', { detail: 'Another administrator has to do this' })
}

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
