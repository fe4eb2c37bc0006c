import { userIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** But for the session that asks, where it is their own. */
export function deleteUserSessions({ sessionAdministration }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Sign somebody out everywhere',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/admin/users/:id/sessions',
    access: 'admin',
    params: z.object({ id: userIdSchema }),
    async handle({ caller, params }) {
      await sessionAdministration.endAll(params.id, caller)
      return empty()
    },
  })
}
