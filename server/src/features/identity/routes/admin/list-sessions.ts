import {
  adminSessionSchema,
  type AdminSession,
  type Page,
  pageQuerySchema,
  pageSchema,
  sessionIdSchema,
  userIdSchema,
} from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import { searchText } from '#platform/http/lists/search-text.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

const querySchema = pageQuerySchema.extend({
  /** Part of the name or of the e-mail address of a person. */
  query: searchText(),
  userId: userIdSchema.optional(),
  /** The id of the last item that was seen. */
  cursor: sessionIdSchema.optional(),
})

export function listAdminSessions({ sessionAdministration }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Where people are signed in, and the tokens that act for them',
    answers: { 200: pageSchema(adminSessionSchema) },
    method: 'get',
    path: '/admin/sessions',
    access: 'auditor',
    query: querySchema,
    async handle({ caller, query }) {
      const { limit, cursor: after, query: text, userId } = query
      const search = { text, userId, after, limit: limit + 1 }
      const found = await sessionAdministration.list(search, caller)
      return json(pageOf(found, limit, ({ id }) => id) satisfies Page<AdminSession>)
    },
  })
}
