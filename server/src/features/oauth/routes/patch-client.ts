import { oauthClientIdSchema, oauthClientPatchSchema, oauthClientSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Changes an app; what people have allowed it stays. */
export function patchClient({ clients }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Change an app',
    answers: { 200: oauthClientSchema },
    problems: ['not_found'],
    method: 'patch',
    path: '/admin/oauth-clients/:id',
    access: 'admin',
    params: z.object({ id: oauthClientIdSchema }),
    body: oauthClientPatchSchema,
    async handle({ caller, params, body }) {
      return json(await clients.update(params.id, body, caller.userId))
    },
  })
}
