import { setUpStateSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

export function getSetUpState({ firstAccount }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Whether the installation waits for its first account',
    answers: { 200: setUpStateSchema },
    method: 'get',
    path: '/auth/setup',
    access: 'public',
    async handle() {
      return json({ needed: await firstAccount.isMissing() })
    },
  })
}
