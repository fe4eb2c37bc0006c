import { adminUserSchema, userIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function getAdminUser({ administration }: IdentityRoutesContext) {
  return endpoint({
    summary: 'An account, as administrators see it',
    answers: { 200: adminUserSchema },
    problems: ['not_found'],
    method: 'get',
    path: '/admin/users/:id',
    access: 'auditor',
    params: z.object({ id: userIdSchema }),
    async handle({ params }) {
      return json(await administration.get(params.id))
    },
  })
}
