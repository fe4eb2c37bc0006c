import {
  adminSessionSchema,
  type AdminSession,
  type Page,
  pageQuerySchema,
  pageSchema,
  sessionIdSchema,
  userIdSchema,
} from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { printable } from '../../printable-name.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

const querySchema = pageQuerySchema.extend({
  /** Part of the name or of the e-mail address of a person. */
  query: z.string().trim().max(254).regex(printable).optional(),
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
      const items = found.slice(0, limit)
      const nextCursor = found.length > limit ? (items.at(-1)?.id ?? null) : null
      return json({ items, nextCursor } satisfies Page<AdminSession>)
    },
  })
}
