import { covers, includes, type PermissionSet } from './permission-set.ts'

/** What is to become of a grant, and who wants it. */
export interface GrantChange {
  /** What the caller may do with the node now; `undefined`: not even read it. */
  readonly caller: PermissionSet | undefined
  readonly isRoot: boolean
  /** The subject's grant on the node as it is. */
  readonly existing: ExistingGrant | undefined
  /** The grant is the caller's own. */
  readonly isSelf: boolean
  /**
   * Where a space is given to a group that the caller belongs to: what they will have at the end of that grant, by
   * what they have now. Unset: it is for others.
   */
  readonly callerAtItsEnd?: PermissionSet | undefined
}

export interface ExistingGrant {
  readonly permissions: PermissionSet
  readonly isOwner: boolean
  readonly isMakers: boolean
  /** Of a space: an owner is left when this one is gone. */
  readonly hasOtherOwner: boolean
}

export interface WantedGrant {
  readonly permissions: PermissionSet
  readonly isOwner: boolean
  /** To a person, for good. */
  readonly isPersonal: boolean
}

export type GrantDecision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'forbidden' | 'bad_request'; readonly detail?: string }

const allowed: GrantDecision = { kind: 'allowed' }
const forbidden: GrantDecision = { kind: 'forbidden' }

/**
 * Nobody gives more than they have now, or to themselves, or to a group of theirs for longer than they have it; who
 * may only share changes the grants that they have made, and who is a member of the space is for its managers to say.
 */
export function decidePutGrant(change: GrantChange, wanted: WantedGrant): GrantDecision {
  const { caller, isRoot, existing, isSelf } = change
  if (caller === undefined) return { kind: 'not_found' }
  if (!includes(caller, 'node.share')) return forbidden
  if (isRoot && !includes(caller, 'space.manage')) return forbidden
  if (isSelf) return { kind: 'bad_request', detail: 'Nobody gives a role to themselves' }
  if (wanted.isOwner && !(isRoot && wanted.isPersonal))
    return { kind: 'bad_request', detail: 'A person owns a whole space, and for good' }
  if (!covers(caller, wanted.permissions))
    return { kind: 'forbidden', detail: 'Nobody gives more than they have' }
  if (!covers(change.callerAtItsEnd ?? caller, wanted.permissions))
    return { kind: 'forbidden', detail: 'Nobody gives a group of theirs more time than they have' }
  return existing ? decideChange(caller, existing, wanted.isOwner) : allowed
}

/** As `decidePutGrant`; and everybody may give up what they were given, but for the last owner. */
export function decideRemoveGrant(change: GrantChange): GrantDecision {
  const { caller, isRoot, existing, isSelf } = change
  if (caller === undefined) return { kind: 'not_found' }
  if (isSelf && existing) return existing.isOwner ? decideOwner(existing) : allowed
  if (!includes(caller, 'node.share')) return forbidden
  if (isRoot && !includes(caller, 'space.manage')) return forbidden
  return existing ? decideChange(caller, existing, false) : { kind: 'not_found' }
}

function decideChange(
  caller: PermissionSet,
  existing: ExistingGrant,
  staysOwner: boolean,
): GrantDecision {
  if (!covers(caller, existing.permissions)) return forbidden
  if (!existing.isMakers && !includes(caller, 'node.manage')) return forbidden
  return existing.isOwner && !staysOwner ? decideOwner(existing) : allowed
}

function decideOwner({ hasOtherOwner }: ExistingGrant): GrantDecision {
  return hasOtherOwner
    ? allowed
    : { kind: 'forbidden', detail: 'The last owner of a space stays its owner' }
}
