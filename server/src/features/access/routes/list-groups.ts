import { type Group, type Page, groupSchema, pageSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import { groupPageQuery, type AccessRoutesContext } from './access-routes-context.ts'

/** The groups that something can be granted to. */
export function listGroups({ groups }: AccessRoutesContext) {
  return endpoint({
    summary: 'The groups that something can be granted to',
    answers: { 200: pageSchema(groupSchema) },
    method: 'get',
    path: '/groups',
    access: 'user',
    needs: 'own',
    query: groupPageQuery,
    async handle({ query }) {
      const { cursor: after, limit, query: text } = query
      const found = await groups.list({ after, text, limit: limit + 1 })
      return json(pageOf(found, limit, ({ id }) => id) satisfies Page<Group>)
    },
  })
}
