import { oauthClientIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Removes an app and ends all its sign-ins. */
export function deleteClient({ clients }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Remove an app and end its sign-ins',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/admin/oauth-clients/:id',
    access: 'admin',
    params: z.object({ id: oauthClientIdSchema }),
    async handle({ caller, params }) {
      await clients.remove(params.id, caller.userId)
      return empty()
    },
  })
}
