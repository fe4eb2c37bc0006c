import { userIdSchema, secretLinkSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Sends somebody else the link to choose a new password with, and gives it to hand over. */
export function postResetLink({ proofs, passwordChanges }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Make a link by which somebody sets a new password',
    answers: { 201: secretLinkSchema },
    problems: ['not_found', 'forbidden', 'proof_required'],
    method: 'post',
    path: '/admin/users/:id/password-reset',
    access: 'admin',
    scope: 'session',
    params: z.object({ id: userIdSchema }),
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ caller, params }) {
      await proofs.require(caller)
      const link = await passwordChanges.makeResetLink(params.id, caller.userId)
      return json(link, { status: 201 })
    },
  })
}
