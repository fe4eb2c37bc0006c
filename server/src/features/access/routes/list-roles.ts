import { type CustomRole, type Page, customRoleSchema, pageSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import { rolePageQuery, type AccessRoutesContext } from './access-routes-context.ts'

/** The custom roles that can be given, beside the built-in ones. */
export function listRoles({ customRoles }: AccessRoutesContext) {
  return endpoint({
    summary: 'The custom roles that can be given',
    answers: { 200: pageSchema(customRoleSchema) },
    method: 'get',
    path: '/roles',
    access: 'user',
    needs: 'own',
    query: rolePageQuery,
    async handle({ query }) {
      const { cursor: after, limit } = query
      const found = await customRoles.list({ after, limit: limit + 1 })
      return json(pageOf(found, limit, ({ id }) => id) satisfies Page<CustomRole>)
    },
  })
}
