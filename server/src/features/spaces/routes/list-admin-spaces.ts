import {
  type AdminSpace,
  adminSpaceSchema,
  type Page,
  pageQuerySchema,
  pageSchema,
  spaceOrders,
} from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import { searchText } from '#platform/http/lists/search-text.ts'
import { listAllSpaces } from '../admin/all-spaces.ts'
import { decodeSpaceCursor, encodeSpaceCursor } from '../admin/space-cursor.ts'
import type { SpaceRoutesContext } from './space-routes-context.ts'

const querySchema = pageQuerySchema.extend({
  /** Part of the name. */
  query: searchText(80),
  order: z.enum(spaceOrders).default('created'),
})

/** All spaces of the installation, with what they hold and may hold. */
export function listAdminSpaces({ db }: SpaceRoutesContext) {
  return endpoint({
    summary: 'All spaces of the installation',
    answers: { 200: pageSchema(adminSpaceSchema) },
    method: 'get',
    path: '/admin/spaces',
    access: 'auditor',
    query: querySchema,
    async handle({ query }) {
      const { cursor, limit, order, query: text } = query
      const after = cursor === undefined ? undefined : decodeSpaceCursor(order, cursor)
      const found = await listAllSpaces(db, { text, order, after, limit: limit + 1 })
      const { items, nextCursor } = pageOf(found, limit, ({ position }) =>
        encodeSpaceCursor(order, position),
      )
      const spaces = items.map(({ space }) => space)
      return json({ items: spaces, nextCursor } satisfies Page<AdminSpace>)
    },
  })
}
