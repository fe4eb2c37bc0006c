import { spaceDefaultsSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { SpaceRoutesContext } from './space-routes-context.ts'

export function getSpaceDefaults({ defaults }: SpaceRoutesContext) {
  return endpoint({
    summary: 'What holds in new spaces, by the settings of the server',
    answers: { 200: spaceDefaultsSchema },
    problems: ['not_found'],
    method: 'get',
    path: '/admin/space-defaults',
    access: 'auditor',
    async handle() {
      if (!defaults) throw new ProblemError('not_found')
      return json(defaults)
    },
  })
}
