import { empty, endpoint } from '#platform/http/endpoint.ts'
import { memberParams, type SpaceRoutesContext } from './space-routes-context.ts'

export function deleteAdminMember({ appointed }: SpaceRoutesContext) {
  return endpoint({
    summary: 'Take somebody out of a space as an administrator',
    answers: { 204: 'empty' },
    problems: ['not_found', 'forbidden'],
    method: 'delete',
    path: '/admin/spaces/:id/members/:userId',
    access: 'admin',
    params: memberParams,
    async handle({ caller, params }) {
      const ref = { spaceId: params.id, callerId: caller.userId, userId: params.userId }
      await appointed.remove(ref)
      return empty()
    },
  })
}
