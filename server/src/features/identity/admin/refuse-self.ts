import type { UserId } from '@cloudsync/protocol'
import { ProblemError } from '#platform/problem-error.ts'

/**
 * Nobody locks themselves out by mistake, and nobody makes themselves another way into their own account by
 * administering: for that there is `/account`, which asks for what they have now. Throws `forbidden`.
 */
export function refuseSelf(userId: UserId, adminId: UserId): void {
  if (userId === adminId)
    throw new ProblemError('forbidden', { detail: 'Another administrator has to do this' })
}
