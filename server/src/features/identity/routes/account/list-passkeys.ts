import { pageSchema, passkeySchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function listPasskeys({ passkeys }: IdentityRoutesContext) {
  return endpoint({
    summary: 'My passkeys',
    answers: { 200: pageSchema(passkeySchema) },
    method: 'get',
    path: '/account/passkeys',
    access: 'user',
    needs: 'own',
    async handle({ caller }) {
      return json({ items: await passkeys.list(caller.userId), nextCursor: null })
    },
  })
}
