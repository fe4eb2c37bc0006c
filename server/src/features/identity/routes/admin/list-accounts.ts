import {
  accountFilters,
  pageQuerySchema,
  userIdSchema,
  type AdminUser,
  type Page,
  pageSchema,
  adminUserSchema,
} from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import { searchText } from '#platform/http/lists/search-text.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

const querySchema = pageQuerySchema.extend({
  /** Part of a name or of an e-mail address. */
  query: searchText(),
  only: z.enum(accountFilters).optional(),
  /** The id of the last item that was seen. */
  cursor: userIdSchema.optional(),
})

export function listAccounts({ administration }: IdentityRoutesContext) {
  return endpoint({
    summary: 'All accounts, as administrators see them',
    answers: { 200: pageSchema(adminUserSchema) },
    method: 'get',
    path: '/admin/users',
    access: 'auditor',
    query: querySchema,
    async handle({ query }) {
      const { limit, cursor: after, query: text, only } = query
      const found = await administration.list({ text, after, only, limit: limit + 1 })
      return json(pageOf(found, limit, ({ id }) => id) satisfies Page<AdminUser>)
    },
  })
}
