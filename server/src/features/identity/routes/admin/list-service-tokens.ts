import { userIdSchema, pageSchema, personalTokenSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function listServiceTokens({ administration, personalTokens }: IdentityRoutesContext) {
  return endpoint({
    summary: 'The tokens of a service account',
    answers: { 200: pageSchema(personalTokenSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/admin/service-accounts/:id/tokens',
    access: 'auditor',
    params: z.object({ id: userIdSchema }),
    async handle({ params }) {
      await administration.requireService(params.id)
      return json({ items: await personalTokens.list(params.id), nextCursor: null })
    },
  })
}
