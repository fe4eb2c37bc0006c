import { type Page, pageSchema, type Space, spaceSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import { listSpaces as list } from '../find-spaces.ts'
import { spacePageQuery, type SpaceRoutesContext } from './space-routes-context.ts'

export function listSpaces({ db }: SpaceRoutesContext) {
  return endpoint({
    summary: 'The spaces of the caller',
    answers: { 200: pageSchema(spaceSchema) },
    method: 'get',
    path: '/spaces',
    access: 'user',
    needs: 'own',
    query: spacePageQuery,
    async handle({ caller, query }) {
      const { cursor, limit } = query
      const found = await list(db, caller.userId, { after: cursor, limit: limit + 1 })
      return json(pageOf(found, limit, ({ id }) => id) satisfies Page<Space>)
    },
  })
}
