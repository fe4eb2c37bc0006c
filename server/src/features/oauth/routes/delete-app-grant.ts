import { oauthClientIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Ends all sign-ins of an app, and forgets that it was allowed. */
export function deleteAppGrant({ grants }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Take back what an app was allowed',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/me/grants/:id',
    access: 'user',
    needs: 'own',
    params: z.object({ id: oauthClientIdSchema }),
    async handle({ caller, params }) {
      await grants.revokeApp(caller.userId, params.id)
      return empty()
    },
  })
}
