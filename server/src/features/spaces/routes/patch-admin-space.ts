import {
  type AdminSpace,
  adminSpaceSchema,
  patchAdminSpaceRequestSchema,
} from '@cloudsync/protocol'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { setQuota } from '../admin/all-spaces.ts'
import { spaceParams, type SpaceRoutesContext } from './space-routes-context.ts'

/** Sets the quota of a space, whoever its members are. Its owner cannot: the disk is not theirs. */
export function patchAdminSpace({ db }: SpaceRoutesContext) {
  return endpoint({
    summary: 'Set the quota of a space',
    answers: { 200: adminSpaceSchema },
    problems: ['not_found'],
    method: 'patch',
    path: '/admin/spaces/:id',
    access: 'admin',
    params: spaceParams,
    body: patchAdminSpaceRequestSchema,
    async handle({ caller, params, body }) {
      const space = await inTransaction(db, async (tx) => {
        const changed = await setQuota(tx, params.id, body.quotaBytes)
        if (!changed) throw new ProblemError('not_found')
        const { userId: actorId } = caller
        await appendEvent(tx, { type: 'space.changed', spaceId: params.id, actorId, payload: body })
        return changed
      })
      return json(space satisfies AdminSpace)
    },
  })
}
