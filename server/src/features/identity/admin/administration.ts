import type { AdminUser, User, UserId } from '@cloudsync/protocol'
import { presenceColors } from '@cloudsync/protocol'
import { randomBytes, randomInt } from 'node:crypto'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
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

/** What administrators see of accounts, and do with them. */
export class Administration {
  readonly #options: AdministrationOptions

  constructor(options: AdministrationOptions) {
    this.#options = options
  }

  /** In the order in which they were made. */
  async list({ text, after, limit }: UserSearch): Promise<AdminUser[]> {
    let query = this.#users().orderBy('users.id').limit(limit)
    if (after !== undefined) query = query.where('users.id', '>', after)
    if (text !== undefined) {
      const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
      query = query.where((or) =>
        or.or([or('users.name', 'ilike', pattern), or('users.email', 'ilike', pattern)]),
      )
    }
    return (await query.execute()).map(presentUser)
  }

  /** Throws `not_found`. */
  async get(userId: UserId): Promise<AdminUser> {
    const row = await this.#users().where('users.id', '=', userId).executeTakeFirst()
    if (!row) throw new ProblemError('not_found')
    return presentUser(row)
  }

  /** Ends all sessions and tokens of an account at once, and lets nobody in any more. */
  async deactivate(userId: UserId, adminId: UserId): Promise<void> {
    refuseSelf(userId, adminId)
    const { db, clock, sessions, links } = this.#options
    const ends = await inTransaction(db, async (tx) => {
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
      })
    })
    sessions.announceEnds(ends)
  }

  /** They sign in anew, and make their tokens anew. */
  async reactivate(userId: UserId, adminId: UserId): Promise<void> {
    await this.#change(userId, adminId, { deactivated_at: null }, 'user.reactivated')
  }

  async setAdmin(userId: UserId, adminId: UserId, isAdmin: boolean): Promise<void> {
    refuseSelf(userId, adminId)
    const type = isAdmin ? 'user.promoted' : 'user.demoted'
    await this.#change(userId, adminId, { is_admin: isAdmin }, type)
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

  async #change(
    userId: UserId,
    adminId: UserId,
    change: { deactivated_at?: null; is_admin?: boolean },
    type: `user.${string}`,
  ): Promise<void> {
    await inTransaction(this.#options.db, async (tx) => {
      const user = await tx
        .updateTable('users')
        .set(change)
        .where('id', '=', userId)
        .returning('id')
        .executeTakeFirst()
      if (!user) throw new ProblemError('not_found')
      await appendEvent(tx, { type, actorId: adminId, payload: { userId } })
    })
  }

  #users() {
    return this.#options.db.kysely.selectFrom('users').select([
      'users.id',
      'users.email',
      'users.name',
      'users.color',
      'users.kind',
      'users.is_admin as isAdmin',
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

/** Otherwise the last administrator could lock everybody out. */
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
