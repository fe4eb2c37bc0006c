import { oauthClientIdSchema, oauthClientSecretSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Gives an app another secret; the one before is void. */
export function postClientSecret({ clients }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Give an app another secret',
    answers: { 200: oauthClientSecretSchema },
    problems: ['not_found'],
    method: 'post',
    path: '/admin/oauth-clients/:id/secret',
    access: 'admin',
    params: z.object({ id: oauthClientIdSchema }),
    async handle({ caller, params }) {
      return json({ clientSecret: await clients.renewSecret(params.id, caller.userId) })
    },
  })
}
