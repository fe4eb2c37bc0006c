import type { Role } from '@cloudsync/protocol'
import {
  covers,
  includes,
  noPermissions,
  setOfRole,
  type PermissionSet,
} from '#features/access/index.ts'

/** The two people whom a change of membership concerns; `undefined`: no member. */
export interface MemberChange {
  /** What the caller may do with the root. */
  readonly caller: PermissionSet | undefined
  readonly targetRole: Role | undefined
  /** What the target may do by that membership. */
  readonly target: PermissionSet | undefined
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

/**
 * Managers give roles to everybody but the owner. As with all grants nobody gives more than they have, changes what
 * somebody has who has more, or gives anything to themselves: what one has for a time, or by a group, would be one's
 * own for good.
 */
export function decidePutMember(change: MemberChange, wanted: Role): MemberDecision {
  const { caller, target = noPermissions, targetRole, isSelf } = change
  if (caller === undefined) return { kind: 'not_found' }
  if (!includes(caller, 'space.manage')) return { kind: 'forbidden' }
  if (targetRole === 'owner') return ownerStays
  if (isSelf) return { kind: 'forbidden', detail: 'Nobody gives a role to themselves' }
  return covers(caller, setOfRole(wanted) | target) ? { kind: 'allowed' } : { kind: 'forbidden' }
}

/** Managers remove everybody but the owner and who has more than they; everybody but the owner may leave. */
export function decideRemoveMember(change: MemberChange): MemberDecision {
  const { caller, target = noPermissions, targetRole, isSelf } = change
  if (caller === undefined) return { kind: 'not_found' }
  if (!isSelf && !includes(caller, 'space.manage')) return { kind: 'forbidden' }
  if (targetRole === undefined) return { kind: 'not_found' }
  if (targetRole === 'owner') return ownerStays
  return isSelf || covers(caller, target) ? { kind: 'allowed' } : { kind: 'forbidden' }
}
