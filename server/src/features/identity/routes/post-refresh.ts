import { refreshRequestSchema, tokensSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

export function postRefresh({ signIn }: IdentityRoutesContext) {
  return endpoint({
    summary: 'New tokens for a refresh token, which is used up',
    answers: { 200: tokensSchema },
    problems: ['token_reused'],
    method: 'post',
    path: '/auth/refresh',
    access: 'public',
    body: refreshRequestSchema,
    // By address, and an office shares one.
    limit: { requests: 300, windowSeconds: 60 },
    async handle({ body, address }) {
      return json(await signIn.refresh(body.refreshToken, address))
    },
  })
}
