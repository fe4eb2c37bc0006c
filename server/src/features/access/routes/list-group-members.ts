import { type GroupMember, type Page, groupMemberSchema, pageSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import {
  groupMemberPageQuery,
  groupParams,
  type AccessRoutesContext,
} from './access-routes-context.ts'

export function listGroupMembers({ groups, people }: AccessRoutesContext) {
  return endpoint({
    summary: 'Who belongs to a group',
    answers: { 200: pageSchema(groupMemberSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/admin/groups/:id/members',
    access: 'auditor',
    params: groupParams,
    query: groupMemberPageQuery,
    async handle({ params, query }) {
      const { id } = await groups.get(params.id)
      const { cursor: after, limit, query: text } = query
      const found = await groups.listMembers(id, { after, text, limit: limit + 1 })
      const { items: ids, nextCursor } = pageOf(found, limit, (userId) => userId)
      const users = await people.findUsers(ids)
      const items = ids.flatMap((userId) => {
        const user = users.get(userId)
        return user ? [{ userId, name: user.name, email: user.email }] : []
      })
      return json({ items, nextCursor } satisfies Page<GroupMember>)
    },
  })
}
