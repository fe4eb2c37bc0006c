import { memberSchema, putAdminMemberRequestSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { presentMember } from '../present-member.ts'
import { spaceParams, type SpaceRoutesContext } from './space-routes-context.ts'

/** Puts somebody else into a team space, or changes their role; the space may have lost who could. */
export function putAdminMember({ people, appointed }: SpaceRoutesContext) {
  return endpoint({
    summary: 'Put somebody into a team space as an administrator',
    answers: { 200: memberSchema },
    problems: ['not_found', 'forbidden'],
    method: 'put',
    path: '/admin/spaces/:id/members',
    access: 'admin',
    params: spaceParams,
    body: putAdminMemberRequestSchema,
    async handle({ caller, params, body }) {
      const user = await people.findUserByEmail(body.email)
      if (!user)
        throw new ProblemError('not_found', { detail: 'No account has this e-mail address' })
      const ref = { spaceId: params.id, callerId: caller.userId, userId: user.id }
      await appointed.put(ref, body.role)
      return json(presentMember(user, body.role))
    },
  })
}
