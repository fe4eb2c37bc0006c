import { memberSchema, putMemberRequestSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { presentMember } from '../present-member.ts'
import { spaceParams, type SpaceRoutesContext } from './space-routes-context.ts'

/** Adds somebody by e-mail address, or gives a member another role. */
export function putMember({ access, people, members }: SpaceRoutesContext) {
  return endpoint({
    summary: 'Add a member to a space, or change a role',
    answers: { 200: memberSchema },
    problems: ['not_found', 'forbidden'],
    method: 'put',
    path: '/spaces/:id/members',
    access: 'user',
    needs: { space: 'space.manage', of: 'params.id' },
    params: spaceParams,
    body: putMemberRequestSchema,
    // Each request tells whether an address has an account.
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ caller, params, body }) {
      // Only those who may invite learn which addresses have accounts.
      await access.requireSpace(caller.userId, params.id, 'space.manage')
      const user = await people.findUserByEmail(body.email)
      if (!user) {
        throw new ProblemError('not_found', { detail: 'No account has this e-mail address' })
      }
      const ref = { spaceId: params.id, callerId: caller.userId, userId: user.id }
      await members.put(ref, body.role)
      return json(presentMember(user, body.role))
    },
  })
}
