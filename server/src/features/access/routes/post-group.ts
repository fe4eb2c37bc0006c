import { groupRequestSchema, groupSchema } from '@cloudsync/protocol'
import { created, endpoint } from '#platform/http/endpoint.ts'
import type { AccessRoutesContext } from './access-routes-context.ts'

export function postGroup({ groups }: AccessRoutesContext) {
  return endpoint({
    summary: 'Make a group',
    answers: { 201: groupSchema },
    problems: ['name_taken'],
    method: 'post',
    path: '/admin/groups',
    access: 'admin',
    body: groupRequestSchema,
    async handle({ caller, body }) {
      const group = await groups.create(body.name, caller.userId)
      return created(group, `/api/v1/admin/groups/${group.id}`)
    },
  })
}
