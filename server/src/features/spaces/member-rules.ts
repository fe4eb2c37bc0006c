import type { Role } from '@cloudsync/protocol'
import { allows } from '#features/access/index.ts'

/** The roles of the two people whom a change of membership concerns; `undefined`: no member. */
export interface MemberChange {
  readonly callerRole: Role | undefined
  readonly targetRole: Role | undefined
  readonly isSelf: boolean
}

export type MemberDecision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'forbidden'; readonly detail?: string }

const ownerStays: MemberDecision = {
  kind: 'forbidden',
  detail: 'The owner of a space stays its owner',
}

/** Managers give roles to everybody but the owner. */
export function decidePutMember(change: MemberChange): MemberDecision {
  if (change.callerRole === undefined) return { kind: 'not_found' }
  if (!allows(change.callerRole, 'manage')) return { kind: 'forbidden' }
  return change.targetRole === 'owner' ? ownerStays : { kind: 'allowed' }
}

/** Managers remove everybody but the owner; everybody but the owner may leave. */
export function decideRemoveMember(change: MemberChange): MemberDecision {
  if (change.callerRole === undefined) return { kind: 'not_found' }
  if (!change.isSelf && !allows(change.callerRole, 'manage')) return { kind: 'forbidden' }
  if (change.targetRole === undefined) return { kind: 'not_found' }
  return change.targetRole === 'owner' ? ownerStays : { kind: 'allowed' }
}
