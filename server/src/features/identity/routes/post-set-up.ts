import { setUpRequestSchema, tokensSchema } from '@cloudsync/protocol'
import { endpoint } from '#platform/http/endpoint.ts'
import { printableNameSchema } from '../printable-name.ts'
import { clientOf } from '../client.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

/** Makes the administrator, with the token of the set-up link, and signs in. */
export function postSetUp({ firstAccount, signInAnswers }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Make the first account, by the link that the server printed',
    answers: { 201: tokensSchema, 204: 'empty' },
    heeds: ['cloudsync-session'],
    problems: ['already_set_up', 'link_used'],
    method: 'post',
    path: '/auth/setup',
    access: 'public',
    body: setUpRequestSchema.extend({ name: printableNameSchema }),
    limit: { requests: 10, windowSeconds: 60 },
    async handle(request) {
      const signedIn = await firstAccount.setUp(request.body, clientOf(request))
      return signInAnswers.signedIn(request, signedIn, 201)
    },
  })
}
