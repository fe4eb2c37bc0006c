import { sessionIdSchema, userIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function deleteServiceToken({ administration, personalTokens }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Revoke a token of a service account',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/admin/service-accounts/:id/tokens/:tokenId',
    access: 'admin',
    params: z.object({ id: userIdSchema, tokenId: sessionIdSchema }),
    async handle({ caller, params }) {
      await administration.requireService(params.id)
      await personalTokens.revoke(params.id, params.tokenId, caller.userId)
      return empty()
    },
  })
}
