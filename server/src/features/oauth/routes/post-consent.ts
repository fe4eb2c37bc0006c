import { consentDecisionSchema, nextLocationSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** What the caller answers to an app. */
export function postConsent({ consents }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Allow or refuse what an app asks for',
    answers: { 200: nextLocationSchema },
    problems: ['authorization_over', 'proof_required'],
    method: 'post',
    path: '/oauth/interactions/:uid/consent',
    access: 'user',
    needs: 'own',
    scope: 'session',
    params: z.object({ uid: z.string().max(64) }),
    body: consentDecisionSchema,
    async handle({ caller, params, body, address, raw }) {
      return json(await consents[body.decision]({ ...params, caller, address, raw }))
    },
  })
}
