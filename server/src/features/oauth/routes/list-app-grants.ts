import { connectedAppListSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** The apps that the caller has let in. */
export function listAppGrants({ grants }: OAuthRoutesContext) {
  return endpoint({
    summary: 'List the apps that were let in',
    answers: { 200: connectedAppListSchema },
    method: 'get',
    path: '/me/grants',
    access: 'user',
    needs: 'own',
    async handle({ caller }) {
      return json({ items: await grants.listApps(caller.userId), nextCursor: null })
    },
  })
}
