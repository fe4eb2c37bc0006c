import { oauthClientIdSchema, oauthClientSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** One app that may ask people. */
export function getClient({ clients }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Show an app',
    answers: { 200: oauthClientSchema },
    problems: ['not_found'],
    method: 'get',
    path: '/admin/oauth-clients/:id',
    access: 'auditor',
    params: z.object({ id: oauthClientIdSchema }),
    async handle({ params }) {
      return json(await clients.get(params.id))
    },
  })
}
