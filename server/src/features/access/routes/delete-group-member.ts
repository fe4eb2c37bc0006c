import { empty, endpoint } from '#platform/http/endpoint.ts'
import { groupMemberParams, type AccessRoutesContext } from './access-routes-context.ts'

export function deleteGroupMember({ groups }: AccessRoutesContext) {
  return endpoint({
    summary: 'Take somebody out of a group',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/admin/groups/:id/members/:userId',
    access: 'admin',
    params: groupMemberParams,
    async handle({ caller, params }) {
      await groups.removeMember(params.id, params.userId, caller.userId)
      return empty()
    },
  })
}
