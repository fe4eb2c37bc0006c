import { createTokenRequestSchema, userIdSchema, createdTokenSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { printableNameSchema } from '../../printable-name.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function postServiceToken({
  proofs,
  administration,
  personalTokens,
}: IdentityRoutesContext) {
  return endpoint({
    summary: 'Make a token for a service account',
    answers: { 201: createdTokenSchema },
    problems: ['not_found', 'forbidden', 'proof_required'],
    method: 'post',
    path: '/admin/service-accounts/:id/tokens',
    access: 'admin',
    scope: 'session',
    params: z.object({ id: userIdSchema }),
    body: createTokenRequestSchema.extend({ name: printableNameSchema }),
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ caller, params, body }) {
      await proofs.require(caller)
      await administration.requireService(params.id)
      const token = { ...body, userId: params.id, createdBy: caller.userId }
      return json(await personalTokens.create(token), { status: 201 })
    },
  })
}
