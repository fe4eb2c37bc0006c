import { externalIdentityListSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** The accounts elsewhere by which the caller signs in. */
export function listExternalIdentities({ external }: OAuthRoutesContext) {
  return endpoint({
    summary: 'List the accounts elsewhere that sign in here',
    answers: { 200: externalIdentityListSchema },
    method: 'get',
    path: '/me/external-identities',
    access: 'user',
    needs: 'own',
    async handle({ caller }) {
      return json({ items: await external.listIdentities(caller.userId), nextCursor: null })
    },
  })
}
