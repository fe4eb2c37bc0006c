import { spaceSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { findSpace } from '../find-spaces.ts'
import { spaceParams, type SpaceRoutesContext } from './space-routes-context.ts'

export function getSpace({ db }: SpaceRoutesContext) {
  return endpoint({
    summary: 'A space',
    answers: { 200: spaceSchema },
    problems: ['not_found'],
    method: 'get',
    path: '/spaces/:id',
    access: 'user',
    needs: { space: 'node.read', of: 'params.id' },
    params: spaceParams,
    async handle({ caller, params }) {
      const space = await findSpace(db, caller.userId, params.id)
      if (!space) throw new ProblemError('not_found')
      return json(space)
    },
  })
}
