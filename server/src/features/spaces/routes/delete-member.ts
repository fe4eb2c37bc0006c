import { empty, endpoint } from '#platform/http/endpoint.ts'
import { memberParams, type SpaceRoutesContext } from './space-routes-context.ts'

export function deleteMember({ members }: SpaceRoutesContext) {
  return endpoint({
    summary: 'Remove a member from a space, or leave it',
    answers: { 204: 'empty' },
    problems: ['not_found', 'forbidden'],
    method: 'delete',
    path: '/spaces/:id/members/:userId',
    access: 'user',
    needs: { space: 'node.read', of: 'params.id' },
    params: memberParams,
    async handle({ caller, params }) {
      const ref = { spaceId: params.id, callerId: caller.userId, userId: params.userId }
      await members.remove(ref)
      return empty()
    },
  })
}
