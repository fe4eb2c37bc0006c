import {
  type Page,
  pageQuerySchema,
  pageSchema,
  type User,
  userIdSchema,
  userSchema,
} from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import { searchText } from '#platform/http/lists/search-text.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

const querySchema = pageQuerySchema.extend({
  /** Part of a name or of an e-mail address. */
  query: searchText(),
  /** The id of the last item that was seen. */
  cursor: userIdSchema.optional(),
})

export function listUsers({ accounts }: IdentityRoutesContext) {
  return endpoint({
    summary: 'The accounts of the installation',
    answers: { 200: pageSchema(userSchema) },
    method: 'get',
    path: '/users',
    access: 'auditor',
    query: querySchema,
    async handle({ query }) {
      const { limit } = query
      const found = await accounts.listUsers({
        text: query.query,
        after: query.cursor,
        limit: limit + 1,
      })
      return json(pageOf(found, limit, ({ id }) => id) satisfies Page<User>)
    },
  })
}
