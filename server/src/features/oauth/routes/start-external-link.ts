import { nextLocationSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Begins to connect an account elsewhere with the caller's. */
export function startExternalLink({ external }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Begin to connect an account elsewhere',
    answers: { 200: nextLocationSchema },
    problems: ['not_found', 'external_unavailable', 'proof_required'],
    method: 'post',
    path: '/me/external-identities/:providerId/start',
    access: 'user',
    needs: 'own',
    params: z.object({ providerId: z.string().max(64) }),
    async handle({ caller, params }) {
      const { location, cookie } = await external.startLink(params.providerId, caller)
      return json({ location }, { headers: { 'set-cookie': cookie } })
    },
  })
}
