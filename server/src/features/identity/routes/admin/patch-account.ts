import { patchAdminUserRequestSchema, userIdSchema, adminUserSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Lets somebody in or keeps them out, and makes administrators and auditors. */
export function patchAdminUser({ proofs, administration }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Change an account, or deactivate it',
    answers: { 200: adminUserSchema },
    problems: ['not_found', 'forbidden', 'proof_required'],
    method: 'patch',
    path: '/admin/users/:id',
    access: 'admin',
    scope: 'session',
    params: z.object({ id: userIdSchema }),
    body: patchAdminUserRequestSchema,
    async handle({ caller, params, body }) {
      await proofs.require(caller)
      await administration.change(params.id, caller.userId, body)
      return json(await administration.get(params.id))
    },
  })
}
