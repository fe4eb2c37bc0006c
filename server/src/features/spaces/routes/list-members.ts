import { type Member, memberSchema, type Page, pageSchema } from '@cloudsync/protocol'
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
    params: spaceParams,
    query: memberPageQuery,
    async handle({ caller, params, query }) {
      await access.requireSpace(caller.userId, params.id, 'read')
      const { cursor, limit } = query
      let select = db.kysely
        .selectFrom('space_members')
        .select(['user_id as userId', 'role'])
        .where('space_id', '=', params.id)
        .orderBy('user_id')
        .limit(limit + 1)
      if (cursor !== undefined) select = select.where('user_id', '>', cursor)
      const found = await select.execute()
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
