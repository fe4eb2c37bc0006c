import type { Role, SpaceId, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import type { AccessNotifier } from '#features/access/index.ts'
import { CommitOutcomeUnknownError } from '#platform/db/database-errors.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import {
  decidePutMember,
  decideRemoveMember,
  type MemberChange,
  type MemberDecision,
} from './member-rules.ts'

export interface MemberRef {
  readonly spaceId: SpaceId
  /** Who makes the change. */
  readonly callerId: UserId
  /** Whose membership changes. */
  readonly userId: UserId
}

/** Changes who belongs to a space. The caller's right is judged in the transaction of the change. */
export class SpaceMembers {
  readonly #db: Database
  readonly #access: AccessNotifier

  constructor(db: Database, access: AccessNotifier) {
    this.#db = db
    this.#access = access
  }

  /** Gives a role; throws `not_found` or `forbidden`. */
  async put(ref: MemberRef, role: Role): Promise<void> {
    await this.#change(ref, async (tx) => {
      const roles = await lockRoles(tx, ref)
      refuse(decidePutMember(roles))
      if (roles.targetRole === role) return
      await tx
        .insertInto('space_members')
        .values({ space_id: ref.spaceId, user_id: ref.userId, role })
        .onConflict((conflict) => conflict.columns(['space_id', 'user_id']).doUpdateSet({ role }))
        .execute()
      await appendEvent(tx, {
        type: roles.targetRole === undefined ? 'member.added' : 'member.changed',
        spaceId: ref.spaceId,
        actorId: ref.callerId,
        payload: { userId: ref.userId, role, oldRole: roles.targetRole ?? null },
      })
    })
  }

  /** Takes somebody out of the space, or lets the caller leave it; throws `not_found` or `forbidden`. */
  async remove(ref: MemberRef): Promise<void> {
    await this.#change(ref, async (tx) => {
      const roles = await lockRoles(tx, ref)
      refuse(decideRemoveMember(roles))
      await tx
        .deleteFrom('space_members')
        .where('space_id', '=', ref.spaceId)
        .where('user_id', '=', ref.userId)
        .execute()
      await appendEvent(tx, {
        type: 'member.removed',
        spaceId: ref.spaceId,
        actorId: ref.callerId,
        payload: { userId: ref.userId, oldRole: roles.targetRole ?? null },
      })
    })
  }

  /** Those who follow access look again after each commit, also when nobody knows whether it happened. */
  async #change(ref: MemberRef, work: (tx: Transaction<Schema>) => Promise<void>): Promise<void> {
    const notify = () =>
      this.#access.notifyAccessChanged({ userId: ref.userId, spaceId: ref.spaceId })
    try {
      await inTransaction(this.#db, work)
    } catch (error) {
      if (error instanceof CommitOutcomeUnknownError) notify()
      throw error
    }
    notify()
  }
}

/**
 * Reads both memberships, which stay as they are until the commit: whoever changes the members of a
 * space holds its row. So two managers who remove each other cannot both succeed, and a person who is
 * added by several at once, whose row none of them could lock, is added by one of them.
 */
async function lockRoles(tx: Transaction<Schema>, ref: MemberRef): Promise<MemberChange> {
  await tx
    .selectFrom('spaces')
    .select('id')
    .where('id', '=', ref.spaceId)
    .forNoKeyUpdate()
    .execute()
  // A statement of its own: one that waited for a lock sees other rows as they were before it waited.
  const members = await tx
    .selectFrom('space_members')
    .select(['user_id', 'role'])
    .where('space_id', '=', ref.spaceId)
    .where('user_id', 'in', [ref.callerId, ref.userId])
    .execute()
  const roleOf = (userId: UserId) => members.find((member) => member.user_id === userId)?.role
  return {
    callerRole: roleOf(ref.callerId),
    targetRole: roleOf(ref.userId),
    isSelf: ref.callerId === ref.userId,
  }
}

function refuse(decision: MemberDecision): void {
  switch (decision.kind) {
    case 'allowed':
      return
    case 'not_found':
      throw new ProblemError('not_found')
    case 'forbidden':
      throw new ProblemError(
        'forbidden',
        decision.detail === undefined ? {} : { detail: decision.detail },
      )
  }
}
