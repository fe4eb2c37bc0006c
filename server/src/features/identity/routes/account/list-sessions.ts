import { pageSchema, sessionSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function listSessions({ sessionList }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Where I am signed in',
    answers: { 200: pageSchema(sessionSchema) },
    method: 'get',
    path: '/account/sessions',
    access: 'user',
    needs: 'own',
    async handle({ caller }) {
      return json({ items: await sessionList.list(caller), nextCursor: null })
    },
  })
}
