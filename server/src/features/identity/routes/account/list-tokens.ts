import { pageSchema, personalTokenSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function listTokens({ personalTokens }: IdentityRoutesContext) {
  return endpoint({
    summary: 'My personal access tokens',
    answers: { 200: pageSchema(personalTokenSchema) },
    method: 'get',
    path: '/account/tokens',
    access: 'user',
    needs: 'own',
    async handle({ caller }) {
      return json({ items: await personalTokens.list(caller.userId), nextCursor: null })
    },
  })
}
