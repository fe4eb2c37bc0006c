import type { Role } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import {
  findMembership,
  putMembership,
  removeMembership,
  type Access,
  type AccessNotifier,
  type MembershipRef,
} from '#features/access/index.ts'
import type { Database } from '#platform/db/database.ts'
import type { Schema } from '#platform/db/schema.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { changeMembers, type MemberRef } from './change-members.ts'
import {
  decidePutMember,
  decideRemoveMember,
  type MemberChange,
  type MemberDecision,
} from './member-rules.ts'

/** Changes who belongs to a space. The caller's right is judged in the transaction of the change. */
export class SpaceMembers {
  readonly #parts: { readonly db: Database; readonly access: Access & AccessNotifier }

  constructor(db: Database, access: Access & AccessNotifier) {
    this.#parts = { db, access }
  }

  /** Gives a role; throws `not_found` or `forbidden`. */
  async put(ref: MemberRef, role: Role): Promise<void> {
    await changeMembers(this.#parts, ref, async (tx) => {
      const { member, isPlain, ...roles } = await this.#lockRoles(tx, ref)
      refuse(decidePutMember(roles, role))
      if (roles.targetRole === role && isPlain) return
      await putMembership(tx, member, { role, makerId: ref.callerId })
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
    await changeMembers(this.#parts, ref, async (tx) => {
      const { member, ...roles } = await this.#lockRoles(tx, ref)
      refuse(decideRemoveMember(roles))
      await removeMembership(tx, member)
      await appendEvent(tx, {
        type: 'member.removed',
        spaceId: ref.spaceId,
        actorId: ref.callerId,
        payload: { userId: ref.userId, oldRole: roles.targetRole ?? null },
      })
    })
  }

  /**
   * Reads both memberships, which stay as they are until the commit: whoever changes the members of a
   * space holds its row. So two managers who remove each other cannot both succeed, and a person who is
   * added by several at once, whose row none of them could lock, is added by one of them.
   */
  async #lockRoles(
    tx: Transaction<Schema>,
    { spaceId, callerId, userId }: MemberRef,
  ): Promise<MemberChange & { readonly member: MembershipRef; readonly isPlain: boolean }> {
    const space = await tx
      .selectFrom('spaces')
      .select('root_id')
      .where('id', '=', spaceId)
      .forNoKeyUpdate()
      .executeTakeFirst()
    if (!space) throw new ProblemError('not_found')
    const member = { spaceId, rootId: space.root_id, userId }
    // Statements of their own: one that waited for a lock sees other rows as they were before it waited.
    const caller = await this.#parts.access.listAccessIn(tx, callerId, [member.rootId])
    const target = await findMembership(tx, member)
    return {
      member,
      isPlain: target?.isPlain ?? false,
      caller: caller.get(member.rootId)?.permissions,
      targetRole: target?.role,
      target: target?.permissions,
      isSelf: callerId === userId,
    }
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
