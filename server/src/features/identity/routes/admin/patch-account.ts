import { patchAdminUserRequestSchema, userIdSchema, adminUserSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Lets somebody in or keeps them out, and makes administrators and auditors. */
export function patchAdminUser({ administration }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Change an account, or deactivate it',
    answers: { 200: adminUserSchema },
    problems: ['not_found', 'id_taken'],
    method: 'patch',
    path: '/admin/users/:id',
    access: 'admin',
    params: z.object({ id: userIdSchema }),
    body: patchAdminUserRequestSchema,
    async handle({ caller, params, body }) {
      const { userId: adminId } = caller
      if (body.isAdmin !== undefined || body.isAuditor !== undefined)
        await administration.setRole(params.id, adminId, body)
      if (body.isDeactivated === true) await administration.deactivate(params.id, adminId)
      if (body.isDeactivated === false) await administration.reactivate(params.id, adminId)
      return json(await administration.get(params.id))
    },
  })
}
