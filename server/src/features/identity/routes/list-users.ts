import {
  type Page,
  pageQuerySchema,
  pageSchema,
  type User,
  userIdSchema,
  userSchema,
} from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { printable } from '../printable-name.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

const querySchema = pageQuerySchema.extend({
  /** Part of a name or of an e-mail address. */
  query: z.string().trim().max(254).regex(printable).optional(),
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
      const items = found.slice(0, limit)
      const nextCursor = found.length > limit ? (items.at(-1)?.id ?? null) : null
      return json({ items, nextCursor } satisfies Page<User>)
    },
  })
}
