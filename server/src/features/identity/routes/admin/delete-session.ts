import { sessionIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Its sockets are closed at once, on all servers. */
export function deleteAdminSession({ sessionAdministration }: IdentityRoutesContext) {
  return endpoint({
    summary: 'End a session or a token of anybody',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/admin/sessions/:id',
    access: 'admin',
    params: z.object({ id: sessionIdSchema }),
    async handle({ caller, params }) {
      await sessionAdministration.end(params.id, caller.userId)
      return empty()
    },
  })
}
