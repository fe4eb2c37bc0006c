import { putGrantRequestSchema, type PutGrantRequest, grantSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { NewGrant } from '../grants.ts'
import { nodeParams, type AccessRoutesContext } from './access-routes-context.ts'
import { presentGrants } from './present-grants.ts'

/** Gives a person or a group a role on a node, or another one than they have on it. */
export function putGrant(context: AccessRoutesContext) {
  const { clock, grants } = context
  return endpoint({
    summary: 'Give a person or a group a role on a node',
    answers: { 200: grantSchema },
    problems: ['not_found', 'forbidden'],
    method: 'put',
    path: '/nodes/:id/grants',
    access: 'user',
    scope: 'spaces:manage',
    // Only those who may share learn whether an address or an id has an account.
    needs: { node: 'node.share', of: 'params.id' },
    params: nodeParams,
    body: putGrantRequestSchema,
    // Each request may tell whether an address has an account.
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ caller, params, body }) {
      const expiresAt = body.expiresAt ? new Date(body.expiresAt) : null
      if (expiresAt && expiresAt <= clock.now())
        throw new ProblemError('bad_request', { detail: 'The grant would have expired already' })
      const row = await grants.put({
        callerId: caller.userId,
        nodeId: params.id,
        subject: await findSubject(context, body),
        role: body.role,
        customRoleId: body.customRoleId,
        expiresAt,
      })
      const [grant] = await presentGrants(context, [row])
      return json(grant)
    },
  })
}

/** Throws `not_found` for nobody. */
async function findSubject(
  { groups, people }: AccessRoutesContext,
  { subject }: PutGrantRequest,
): Promise<NewGrant['subject']> {
  if (subject.kind === 'group') return { groupId: (await groups.get(subject.id)).id }
  const user =
    'id' in subject
      ? (await people.findUsers([subject.id])).get(subject.id)
      : await people.findUserByEmail(subject.email)
  if (!user) throw new ProblemError('not_found', { detail: 'There is no such account' })
  return { userId: user.id }
}
