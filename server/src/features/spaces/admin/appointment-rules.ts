import type { Role } from '@cloudsync/protocol'

/** What decides whether an administrator may change somebody's membership of a space. */
export interface AppointmentFacts {
  readonly kind: 'personal' | 'team'
  /** What the person is there; `undefined`: no member. */
  readonly targetRole: Role | undefined
  readonly isSelf: boolean
  /** It acts by tokens, which administrators make for it. */
  readonly isService: boolean
  /** One of its owners can sign in. */
  readonly hasOwnerInUse: boolean
  /** Somebody else owns it too, who can sign in, or whose account is deactivated as this person's is. */
  readonly hasOtherOwner: boolean
}

const lastOwner = 'The last owner of a space stays its owner'

/**
 * Why an administrator may not give this role; `undefined`: they may. Whoever administers the installation sees no
 * files by that: they put nobody into a personal space, and neither themselves nor what acts by their tokens into any.
 */
export function decideAppointment(facts: AppointmentFacts, role: Role): string | undefined {
  if (facts.kind === 'personal') return 'Who is let into a personal space is for its owner to say'
  if (facts.isSelf) return 'Nobody gives a role to themselves'
  if (facts.isService) return 'A service is let into a space by those who manage the space'
  if (role === 'owner')
    return facts.hasOwnerInUse && facts.targetRole !== 'owner'
      ? 'An owner of the space makes further owners'
      : undefined
  return decideDismissal(facts)
}

/** Why an administrator may not take this membership away; `undefined`: they may. */
export function decideDismissal(facts: AppointmentFacts): string | undefined {
  return facts.targetRole === 'owner' && !facts.hasOtherOwner ? lastOwner : undefined
}
