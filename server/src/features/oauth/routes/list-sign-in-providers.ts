import { signInProviderListSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** The providers by which people may sign in. */
export function listSignInProviders({ external }: OAuthRoutesContext) {
  return endpoint({
    summary: 'List the providers by which people sign in',
    answers: { 200: signInProviderListSchema },
    method: 'get',
    path: '/auth/external',
    access: 'public',
    async handle() {
      return json({ items: external.list(), nextCursor: null })
    },
  })
}
