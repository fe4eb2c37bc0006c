import type { UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { Clock } from '#platform/clock.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { dropChallenges } from '../challenges.ts'
import type { AccountLinks } from '../links/account-links.ts'
import { endPasskeyPeople } from '../second-factor/end-others.ts'
import type { SessionEnd, Sessions } from '../sessions.ts'
import { refuseSelf } from './refuse-self.ts'

export interface AccountChangeParts {
  readonly db: Database
  readonly clock: Clock
  readonly sessions: Sessions
  readonly links: AccountLinks
}

/** What somebody may do with the installation, and whether they are let in; unset: as it is. */
export interface AccountChange {
  readonly isAdmin?: boolean | undefined
  readonly isAuditor?: boolean | undefined
  readonly isDeactivated?: boolean | undefined
}

interface Who {
  readonly userId: UserId
  readonly adminId: UserId
}

/** Throws `not_found`, and `forbidden` for oneself and for the last administrator. */
export async function changeAccount(
  parts: AccountChangeParts,
  who: Who,
  change: AccountChange,
): Promise<void> {
  refuseSelf(who.userId, who.adminId)
  const ends = await inTransaction(parts.db, async (tx) => {
    if (change.isAdmin === false || change.isDeactivated === true)
      await requireOtherAdmin(tx, who.userId)
    const isPromoted = await setRole(tx, who, change)
    if (change.isDeactivated === false) await reactivate(tx, who)
    if (change.isDeactivated === true) return deactivate(tx, parts, who)
    if (!isPromoted) return []
    return endPasskeyPeople(tx, parts.sessions, { by: who.adminId, of: who.userId })
  })
  parts.sessions.announceEnds(ends)
  // More may be demanded of who administers than they have.
  if (change.isAdmin === true) parts.sessions.announceReview()
}

/** Gives whether they administer from now on. */
async function setRole(
  tx: Transaction<Schema>,
  { userId, adminId }: Who,
  change: AccountChange,
): Promise<boolean> {
  const old = await tx
    .selectFrom('users')
    .select(['is_admin as isAdmin', 'is_auditor as isAuditor'])
    .where('id', '=', userId)
    .forUpdate()
    .executeTakeFirst()
  if (!old) throw new ProblemError('not_found')
  const { isAdmin = old.isAdmin, isAuditor = old.isAuditor } = change
  if (isAdmin === old.isAdmin && isAuditor === old.isAuditor) return false
  await tx
    .updateTable('users')
    .set({ is_admin: isAdmin, is_auditor: isAuditor })
    .where('id', '=', userId)
    .execute()
  const payload = { userId, isAdmin, isAuditor, old }
  await appendEvent(tx, { type: 'user.role_changed', actorId: adminId, payload })
  return isAdmin && !old.isAdmin
}

/** Ends all sessions and tokens of the account at once, and lets nobody in any more. */
async function deactivate(
  tx: Transaction<Schema>,
  { clock, links, sessions }: AccountChangeParts,
  { userId, adminId }: Who,
): Promise<SessionEnd[]> {
  // Sign-ins that are under way hold the row, or find it changed.
  await tx
    .updateTable('users')
    .set((set) => ({ deactivated_at: set.fn.coalesce('deactivated_at', set.val(clock.now())) }))
    .where('id', '=', userId)
    .execute()
  await dropChallenges(tx, userId)
  await links.revokeAllOf(tx, userId, ['password_reset', 'email_change'])
  await appendEvent(tx, { type: 'user.deactivated', actorId: adminId, payload: { userId } })
  return sessions.markAllEnded(tx, userId, {
    reason: 'deactivated',
    kinds: ['sign_in', 'token'],
    by: adminId,
  })
}

/** They sign in anew, and make their tokens anew. */
async function reactivate(tx: Transaction<Schema>, { userId, adminId }: Who): Promise<void> {
  await tx.updateTable('users').set({ deactivated_at: null }).where('id', '=', userId).execute()
  await appendEvent(tx, { type: 'user.reactivated', actorId: adminId, payload: { userId } })
}

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
