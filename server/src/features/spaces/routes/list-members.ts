import { type Member, memberSchema, type Page, pageSchema } from '@cloudsync/protocol'
import { listMemberships } from '#features/access/index.ts'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { presentMember } from '../present-member.ts'
import { memberPageQuery, spaceParams, type SpaceRoutesContext } from './space-routes-context.ts'

export function listMembers({ db, access, people }: SpaceRoutesContext) {
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
      const { nodeId: rootId } = await access.requireSpace(caller.userId, params.id, 'node.read')
      const { cursor: after, limit } = query
      const found = await listMemberships(db.kysely, rootId, { after, limit: limit + 1 })
      const page = found.slice(0, limit)
      const users = await people.findUsers(page.map((member) => member.userId))
      const items = page.flatMap(({ userId, role }) => {
        const user = users.get(userId)
        return user ? [presentMember(user, role)] : []
      })
      const nextCursor = found.length > limit ? (page.at(-1)?.userId ?? null) : null
      return json({ items, nextCursor } satisfies Page<Member>)
    },
  })
}
