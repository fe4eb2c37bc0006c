import { userIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** For somebody else who has lost the app and the recovery codes, or the device with the passkey. */
export function deleteSecondFactor({ proofs, secondFactors }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Take the second factors of an account away',
    answers: { 204: 'empty' },
    problems: ['not_found', 'forbidden', 'proof_required'],
    method: 'delete',
    path: '/admin/users/:id/second-factor',
    access: 'admin',
    scope: 'session',
    params: z.object({ id: userIdSchema }),
    async handle({ caller, params }) {
      await proofs.require(caller)
      await secondFactors.takeAway(params.id, caller.userId)
      return empty()
    },
  })
}
