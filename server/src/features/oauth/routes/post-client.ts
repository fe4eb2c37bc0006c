import { createdOAuthClientSchema, newOAuthClientSchema } from '@cloudsync/protocol'
import { created, endpoint } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Registers an app; its secret, if it has one, is told here and nowhere else. */
export function postClient({ clients }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Register an app',
    answers: { 201: createdOAuthClientSchema },
    method: 'post',
    path: '/admin/oauth-clients',
    access: 'admin',
    body: newOAuthClientSchema,
    async handle({ caller, body }) {
      const client = await clients.create(body, caller.userId)
      return created(client, `/api/v1/admin/oauth-clients/${client.id}`)
    },
  })
}
