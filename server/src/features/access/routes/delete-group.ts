import { empty, endpoint } from '#platform/http/endpoint.ts'
import { groupParams, type AccessRoutesContext } from './access-routes-context.ts'

/** With all that was granted to it. */
export function deleteGroup({ groups }: AccessRoutesContext) {
  return endpoint({
    summary: 'Delete a group, with what was granted to it',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/admin/groups/:id',
    access: 'admin',
    params: groupParams,
    async handle({ caller, params }) {
      await groups.remove(params.id, caller.userId)
      return empty()
    },
  })
}
