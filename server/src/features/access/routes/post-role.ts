import { customRoleRequestSchema, customRoleSchema } from '@cloudsync/protocol'
import { created, endpoint } from '#platform/http/endpoint.ts'
import type { AccessRoutesContext } from './access-routes-context.ts'

export function postRole({ customRoles }: AccessRoutesContext) {
  return endpoint({
    summary: 'Make a custom role',
    answers: { 201: customRoleSchema },
    problems: ['name_taken'],
    method: 'post',
    path: '/admin/roles',
    access: 'admin',
    body: customRoleRequestSchema,
    async handle({ caller, body }) {
      const role = await customRoles.create(body, caller.userId)
      return created(role, `/api/v1/admin/roles/${role.id}`)
    },
  })
}
