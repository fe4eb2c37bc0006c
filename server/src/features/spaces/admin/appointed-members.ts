import type { Role, UserId } from '@cloudsync/protocol'
import type { Transaction } from 'kysely'
import {
  findMembership,
  putMembership,
  removeMembership,
  type MembershipRef,
} from '#features/access/index.ts'
import type { Schema } from '#platform/db/schema.ts'
import { appendEvent } from '#platform/events.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { changeMembers, type MemberChanges, type MemberRef } from '../change-members.ts'
import { decideAppointment, decideDismissal, type AppointmentFacts } from './appointment-rules.ts'

interface Found extends AppointmentFacts {
  readonly member: MembershipRef
}

/** Members whom administrators put in and take out, without being members themselves. */
export class AppointedMembers {
  readonly #parts: MemberChanges

  constructor(parts: MemberChanges) {
    this.#parts = parts
  }

  /** Throws `not_found` or `forbidden`. */
  async put(ref: MemberRef, role: Role): Promise<void> {
    await changeMembers(this.#parts, ref, async (tx) => {
      const { member, ...facts } = await lock(tx, ref)
      refuse(decideAppointment(facts, role))
      await putMembership(tx, member, { role, makerId: ref.callerId })
      await appendEvent(tx, {
        type: facts.targetRole === undefined ? 'member.added' : 'member.changed',
        spaceId: ref.spaceId,
        actorId: ref.callerId,
        payload: payloadOf(ref.userId, facts.targetRole, { role }),
      })
    })
  }

  /** Throws `not_found` or `forbidden`. */
  async remove(ref: MemberRef): Promise<void> {
    await changeMembers(this.#parts, ref, async (tx) => {
      const { member, ...facts } = await lock(tx, ref)
      if (facts.targetRole === undefined) throw new ProblemError('not_found')
      refuse(decideDismissal(facts))
      await removeMembership(tx, member)
      await appendEvent(tx, {
        type: 'member.removed',
        spaceId: ref.spaceId,
        actorId: ref.callerId,
        payload: payloadOf(ref.userId, facts.targetRole, {}),
      })
    })
  }
}

/** The space's row is held by whoever changes its members. */
async function lock(tx: Transaction<Schema>, ref: MemberRef): Promise<Found> {
  const space = await tx
    .selectFrom('spaces')
    .select(['root_id', 'kind'])
    .where('id', '=', ref.spaceId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!space) throw new ProblemError('not_found')
  const member = { spaceId: ref.spaceId, rootId: space.root_id, userId: ref.userId }
  const target = await findMembership(tx, member)
  const user = await tx
    .selectFrom('users')
    .select(['kind', 'deactivated_at as deactivatedAt'])
    .where('id', '=', ref.userId)
    .executeTakeFirst()
  const owners = await tx
    .selectFrom('grants')
    .innerJoin('users', 'users.id', 'grants.user_id')
    .select(['users.id', 'users.deactivated_at as deactivatedAt'])
    .where('grants.node_id', '=', space.root_id)
    .where('grants.role', '=', 'owner')
    .execute()
  return {
    member,
    kind: space.kind,
    targetRole: target?.role,
    isSelf: ref.callerId === ref.userId,
    isService: user?.kind === 'service',
    hasOwnerInUse: owners.some(isInUse),
    hasOtherOwner: owners.some(
      (owner) => owner.id !== ref.userId && (isInUse(owner) || !isInUse(user)),
    ),
  }
}

function isInUse(account: { readonly deactivatedAt: Date | null } | undefined): boolean {
  return account?.deactivatedAt === null
}

function payloadOf(userId: UserId, oldRole: Role | undefined, more: { role?: Role }) {
  return { userId, oldRole: oldRole ?? null, ...more, isByAdministrator: true }
}

function refuse(detail: string | undefined): void {
  if (detail !== undefined) throw new ProblemError('forbidden', { detail })
}
