import { createTokenRequestSchema, createdTokenSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { printableNameSchema } from '../../printable-name.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** The answer is the only place where the token itself is told. */
export function postToken({ proofs, personalTokens }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Make a personal access token',
    answers: { 201: createdTokenSchema },
    problems: ['proof_required', 'forbidden'],
    method: 'post',
    path: '/account/tokens',
    access: 'user',
    needs: 'own',
    body: createTokenRequestSchema.extend({
      name: printableNameSchema,
      expiresInDays: z.int().min(1).max(366),
    }),
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ caller, body }) {
      await proofs.require(caller)
      const { userId } = caller
      return json(await personalTokens.create({ ...body, userId, createdBy: userId }), {
        status: 201,
      })
    },
  })
}
