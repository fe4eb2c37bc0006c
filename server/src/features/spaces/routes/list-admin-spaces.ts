import { type AdminSpace, adminSpaceSchema, type Page, pageSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { listAllSpaces } from '../find-spaces.ts'
import { spacePageQuery, type SpaceRoutesContext } from './space-routes-context.ts'

/** All spaces of the installation, with what they hold and may hold. */
export function listAdminSpaces({ db }: SpaceRoutesContext) {
  return endpoint({
    summary: 'All spaces of the installation',
    answers: { 200: pageSchema(adminSpaceSchema) },
    method: 'get',
    path: '/admin/spaces',
    access: 'auditor',
    query: spacePageQuery,
    async handle({ query }) {
      const { cursor, limit } = query
      const found = await listAllSpaces(db, { after: cursor, limit: limit + 1 })
      const items = found.slice(0, limit)
      const nextCursor = found.length > limit ? (items.at(-1)?.id ?? null) : null
      return json({ items, nextCursor } satisfies Page<AdminSpace>)
    },
  })
}
