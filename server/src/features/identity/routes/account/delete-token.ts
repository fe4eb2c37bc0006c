import { sessionIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function deleteToken({ personalTokens }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Revoke a token of mine',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/account/tokens/:id',
    access: 'user',
    needs: 'own',
    params: z.object({ id: sessionIdSchema }),
    async handle({ caller, params }) {
      await personalTokens.revoke(caller.userId, params.id)
      return empty()
    },
  })
}
