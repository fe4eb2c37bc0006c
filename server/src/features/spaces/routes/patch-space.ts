import { patchSpaceRequestSchema, spaceSchema } from '@cloudsync/protocol'
import { inTransaction } from '#platform/db/transaction.ts'
import { appendEvent } from '#platform/events.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { findSpace } from '../find-spaces.ts'
import { spaceNameSchema } from './space-name.ts'
import { spaceParams, type SpaceRoutesContext } from './space-routes-context.ts'

const bodySchema = patchSpaceRequestSchema.refine(
  ({ name }) => name === undefined || spaceNameSchema.safeParse(name).success,
  { path: ['name'], message: 'Control characters cannot be used' },
)

/** Renames a space, or sets what holds in it: its conflict policy, and how long its trash keeps things. */
export function patchSpace({ db, access }: SpaceRoutesContext) {
  return endpoint({
    summary: 'Change what holds in a space',
    answers: { 200: spaceSchema },
    problems: ['not_found', 'forbidden'],
    method: 'patch',
    path: '/spaces/:id',
    access: 'user',
    needs: { space: 'space.manage', of: 'params.id' },
    params: spaceParams,
    body: bodySchema,
    async handle({ caller, params, body }) {
      await access.requireSpace(caller.userId, params.id, 'space.manage')
      const { name, conflictPolicy, trashDays } = body
      await inTransaction(db, async (tx) => {
        await tx
          .updateTable('spaces')
          .set({
            ...(name === undefined ? {} : { name }),
            ...(conflictPolicy === undefined ? {} : { conflict_policy: conflictPolicy }),
            ...(trashDays === undefined ? {} : { trash_days: trashDays }),
          })
          .where('id', '=', params.id)
          .execute()
        await appendEvent(tx, {
          type: 'space.changed',
          spaceId: params.id,
          actorId: caller.userId,
          payload: body,
        })
      })
      const space = await findSpace(db, caller.userId, params.id)
      if (!space) throw new ProblemError('not_found')
      return json(space)
    },
  })
}
