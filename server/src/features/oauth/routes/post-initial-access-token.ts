import { initialAccessTokenRequestSchema, initialAccessTokenSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Makes a token by which apps register themselves (RFC 7591 §3). */
export function postInitialAccessToken({ host }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Make a token by which apps register themselves',
    answers: { 201: initialAccessTokenSchema },
    method: 'post',
    path: '/admin/oauth-initial-access-tokens',
    access: 'admin',
    body: initialAccessTokenRequestSchema,
    async handle({ body: { expiresInSeconds } }) {
      const provider = await host.open()
      return json(await provider.makeInitialAccessToken(expiresInSeconds), { status: 201 })
    },
  })
}
