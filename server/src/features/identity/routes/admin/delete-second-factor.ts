import { userIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** For who has lost the app and the recovery codes. */
export function deleteSecondFactor({ secondFactors }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Take the second factors of an account away',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/admin/users/:id/second-factor',
    access: 'admin',
    params: z.object({ id: userIdSchema }),
    async handle({ caller, params }) {
      await secondFactors.remove(params.id, caller.userId)
      return empty()
    },
  })
}
