import { type Member, memberSchema, type Page, pageSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { presentMembers } from '../present-member.ts'
import { memberPageQuery, spaceParams, type SpaceRoutesContext } from './space-routes-context.ts'

export function listMembers(context: SpaceRoutesContext) {
  return endpoint({
    summary: 'The members of a space',
    answers: { 200: pageSchema(memberSchema) },
    problems: ['not_found'],
    method: 'get',
    path: '/spaces/:id/members',
    access: 'user',
    needs: { space: 'node.read', of: 'params.id' },
    params: spaceParams,
    query: memberPageQuery,
    async handle({ caller, params, query }) {
      const root = await context.access.requireSpace(caller.userId, params.id, 'node.read')
      const page = { after: query.cursor, limit: query.limit }
      return json((await presentMembers(context, root.nodeId, page)) satisfies Page<Member>)
    },
  })
}
