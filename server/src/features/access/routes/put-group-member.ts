import { empty, endpoint } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { groupMemberParams, type AccessRoutesContext } from './access-routes-context.ts'

export function putGroupMember({ groups, people }: AccessRoutesContext) {
  return endpoint({
    summary: 'Add somebody else to a group',
    answers: { 204: 'empty' },
    problems: ['not_found', 'forbidden'],
    method: 'put',
    path: '/admin/groups/:id/members/:userId',
    access: 'admin',
    params: groupMemberParams,
    async handle({ caller, params }) {
      const { id, userId } = params
      if (!(await people.findUsers([userId])).has(userId))
        throw new ProblemError('not_found', { detail: 'There is no such account' })
      await groups.addMember(id, userId, caller.userId)
      return empty()
    },
  })
}
