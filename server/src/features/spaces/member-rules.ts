import type { Role } from '@cloudsync/protocol'
import { covers, includes, setOfRole, type PermissionSet } from '#features/access/index.ts'

/** The two people whom a change of membership concerns; `undefined`: no member. */
export interface MemberChange {
  /** What the caller may do with the root. */
  readonly caller: PermissionSet | undefined
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

/** Managers give roles to everybody but the owner, and nobody gives more than they have. */
export function decidePutMember(
  { caller, targetRole }: MemberChange,
  wanted: Role,
): MemberDecision {
  if (caller === undefined) return { kind: 'not_found' }
  if (!includes(caller, 'space.manage')) return { kind: 'forbidden' }
  if (targetRole === 'owner') return ownerStays
  return covers(caller, setOfRole(wanted)) ? { kind: 'allowed' } : { kind: 'forbidden' }
}

/** Managers remove everybody but the owner; everybody but the owner may leave. */
export function decideRemoveMember(change: MemberChange): MemberDecision {
  if (change.caller === undefined) return { kind: 'not_found' }
  if (!change.isSelf && !includes(change.caller, 'space.manage')) return { kind: 'forbidden' }
  if (change.targetRole === undefined) return { kind: 'not_found' }
  return change.targetRole === 'owner' ? ownerStays : { kind: 'allowed' }
}
