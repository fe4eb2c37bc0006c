import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Disconnects an account elsewhere. */
export function deleteExternalIdentity({ external }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Disconnect an account elsewhere',
    answers: { 204: 'empty' },
    problems: ['not_found', 'proof_required', 'last_way_in'],
    method: 'delete',
    path: '/me/external-identities/:id',
    access: 'user',
    needs: 'own',
    params: z.object({ id: z.uuid() }),
    async handle({ caller, params }) {
      await external.unlink(params.id, caller)
      return empty()
    },
  })
}
