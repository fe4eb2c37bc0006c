import {
  createdInitialAccessTokenSchema,
  initialAccessTokenRequestSchema,
} from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Makes a token by which apps register themselves (RFC 7591 §3). */
export function postInitialAccessToken({ initialAccessTokens }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Make a token by which apps register themselves',
    answers: { 201: createdInitialAccessTokenSchema },
    method: 'post',
    path: '/admin/oauth-initial-access-tokens',
    access: 'admin',
    body: initialAccessTokenRequestSchema,
    async handle({ caller, body: { expiresInSeconds } }) {
      const token = await initialAccessTokens.create(expiresInSeconds, caller.userId)
      return json(token, { status: 201 })
    },
  })
}
