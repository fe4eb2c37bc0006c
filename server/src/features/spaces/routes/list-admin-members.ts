import { type Member, memberSchema, type Page, pageSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import { presentMembers } from '../present-member.ts'
import { memberPageQuery, spaceParams, type SpaceRoutesContext } from './space-routes-context.ts'

export function listAdminMembers(context: SpaceRoutesContext) {
  return endpoint({
    summary: 'The members of any space',
    answers: { 200: pageSchema(memberSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/admin/spaces/:id/members',
    access: 'auditor',
    params: spaceParams,
    query: memberPageQuery,
    async handle({ params, query }) {
      const space = await context.db.kysely
        .selectFrom('spaces')
        .select('root_id')
        .where('id', '=', params.id)
        .executeTakeFirst()
      if (!space) throw new ProblemError('not_found')
      const page = { after: query.cursor, limit: query.limit }
      return json((await presentMembers(context, space.root_id, page)) satisfies Page<Member>)
    },
  })
}
