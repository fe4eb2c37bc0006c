import { groupRequestSchema, groupSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { groupParams, type AccessRoutesContext } from './access-routes-context.ts'

export function patchGroup({ groups }: AccessRoutesContext) {
  return endpoint({
    summary: 'Rename a group',
    answers: { 200: groupSchema },
    problems: ['not_found', 'name_taken'],
    method: 'patch',
    path: '/admin/groups/:id',
    access: 'admin',
    params: groupParams,
    body: groupRequestSchema,
    async handle({ caller, params, body }) {
      return json(await groups.rename(params.id, body.name, caller.userId))
    },
  })
}
