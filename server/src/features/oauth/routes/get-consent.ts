import { consentRequestSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** What an app asks the caller for. */
export function getConsent({ consents }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Show what an app asks for',
    answers: { 200: consentRequestSchema },
    problems: ['authorization_over'],
    method: 'get',
    path: '/oauth/interactions/:uid/consent',
    access: 'user',
    needs: 'own',
    scope: 'session',
    params: z.object({ uid: z.string().max(64) }),
    async handle({ caller, params, address, raw }) {
      return json(await consents.get({ ...params, caller, address, raw }))
    },
  })
}
