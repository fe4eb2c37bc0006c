import { empty, endpoint } from '#platform/http/endpoint.ts'
import { roleParams, type AccessRoutesContext } from './access-routes-context.ts'

export function deleteRole({ customRoles }: AccessRoutesContext) {
  return endpoint({
    summary: 'Delete a custom role that nobody has',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/admin/roles/:id',
    access: 'admin',
    params: roleParams,
    async handle({ caller, params }) {
      await customRoles.remove(params.id, caller.userId)
      return empty()
    },
  })
}
