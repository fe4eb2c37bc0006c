import { externalSignInRequestSchema, nextLocationSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Begins a sign-in by another provider, bound to this browser by a cookie. */
export function startExternalSignIn({ external }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Begin a sign-in by another provider',
    answers: { 200: nextLocationSchema },
    problems: ['not_found', 'external_unavailable'],
    method: 'post',
    path: '/auth/external/:providerId/start',
    access: 'public',
    params: z.object({ providerId: z.string().max(64) }),
    body: externalSignInRequestSchema,
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ params, body }) {
      const { location, cookie } = await external.start({
        ...params,
        returnTo: body.returnTo ?? '/',
        session: undefined,
      })
      return json({ location }, { headers: { 'set-cookie': cookie } })
    },
  })
}
