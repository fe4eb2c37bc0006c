import { customRoleRequestSchema, customRoleSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { roleParams, type AccessRoutesContext } from './access-routes-context.ts'

/** Changes what a role is, at once for everybody who has it. */
export function putRole({ customRoles }: AccessRoutesContext) {
  return endpoint({
    summary: 'Change what a custom role is, for all who have it',
    answers: { 200: customRoleSchema },
    problems: ['not_found', 'name_taken'],
    method: 'put',
    path: '/admin/roles/:id',
    access: 'admin',
    params: roleParams,
    body: customRoleRequestSchema,
    async handle({ caller, params, body }) {
      return json(await customRoles.change(params.id, body, caller.userId))
    },
  })
}
