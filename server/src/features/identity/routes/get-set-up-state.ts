import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

export function getSetUpState({ firstAccount }: IdentityRoutesContext) {
  return endpoint({
    method: 'get',
    path: '/auth/setup',
    access: 'public',
    async handle() {
      return json({ needed: await firstAccount.isMissing() })
    },
  })
}
