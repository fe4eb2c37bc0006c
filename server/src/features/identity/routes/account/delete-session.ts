import { sessionIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function deleteSession({ sessionList }: IdentityRoutesContext) {
  return endpoint({
    summary: 'End a session of mine',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/account/sessions/:id',
    access: 'user',
    needs: 'own',
    params: z.object({ id: sessionIdSchema }),
    async handle({ caller, params }) {
      await sessionList.end(caller.userId, params.id)
      return empty()
    },
  })
}
