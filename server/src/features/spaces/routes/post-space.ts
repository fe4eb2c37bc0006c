import { createSpaceRequestSchema, spaceSchema } from '@cloudsync/protocol'
import { created, endpoint } from '#platform/http/endpoint.ts'
import { doOnce, readIdempotentRequest } from '#platform/http/idempotency.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { createSpace } from '../create-space.ts'
import { findSpace } from '../find-spaces.ts'
import { requireFewSpaces } from '../team-space-limit.ts'
import { spaceNameSchema } from './space-name.ts'
import type { SpaceRoutesContext } from './space-routes-context.ts'

const bodySchema = createSpaceRequestSchema.extend({ name: spaceNameSchema })

/** Makes a team space that belongs to the caller. */
export function postSpace({ db, access, defaults, maxTeamSpaces }: SpaceRoutesContext) {
  return endpoint({
    summary: 'Make a team space',
    answers: { 201: spaceSchema },
    problems: ['not_found', 'too_many_spaces'],
    heeds: ['idempotency-key'],
    method: 'post',
    path: '/spaces',
    access: 'user',
    needs: 'own',
    body: bodySchema,
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ caller, body, raw }) {
      const ownerId = caller.userId
      const request = readIdempotentRequest(raw, { path: '/spaces', body })
      const space = await doOnce(db, { userId: ownerId, request }, async (tx) => {
        if (!caller.isAdmin) await requireFewSpaces(tx, ownerId, maxTeamSpaces)
        const { id } = await createSpace(tx, { name: body.name, kind: 'team', ownerId, defaults })
        return { id }
      })
      access.notifyAccessChanged({ userId: ownerId, spaceId: space.id })
      const answer = await findSpace(db, ownerId, space.id)
      if (!answer) throw new ProblemError('not_found')
      return created(answer, `/api/v1/spaces/${space.id}`)
    },
  })
}
