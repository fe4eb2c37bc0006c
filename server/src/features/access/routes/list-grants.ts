import { type Grant, type Page, grantSchema, pageSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import { grantPageQuery, nodeParams, type AccessRoutesContext } from './access-routes-context.ts'
import { presentGrants } from './present-grants.ts'

/** What is granted on a node itself, for those who may share it; what it inherits is on the folders above. */
export function listGrants(context: AccessRoutesContext) {
  const { db } = context
  return endpoint({
    summary: 'What is granted on a node itself',
    answers: { 200: pageSchema(grantSchema) },
    problems: ['not_found', 'forbidden'],
    method: 'get',
    path: '/nodes/:id/grants',
    access: 'user',
    needs: { node: 'node.share', of: 'params.id' },
    params: nodeParams,
    query: grantPageQuery,
    async handle({ params, query }) {
      const { cursor, limit } = query
      let select = db.kysely
        .selectFrom('grants')
        .selectAll()
        .where('node_id', '=', params.id)
        .orderBy('id')
        .limit(limit + 1)
      if (cursor !== undefined) select = select.where('id', '>', cursor)
      const { items, nextCursor } = pageOf(await select.execute(), limit, (row) => row.id)
      const grants = await presentGrants(context, items)
      return json({ items: grants, nextCursor } satisfies Page<Grant>)
    },
  })
}
