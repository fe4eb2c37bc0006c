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
import { printable } from '../../printable-name.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

const querySchema = pageQuerySchema.extend({
  /** Part of a name or of an e-mail address. */
  query: z.string().trim().max(254).regex(printable).optional(),
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
      const items = found.slice(0, limit)
      const nextCursor = found.length > limit ? (items.at(-1)?.id ?? null) : null
      return json({ items, nextCursor } satisfies Page<AdminUser>)
    },
  })
}
