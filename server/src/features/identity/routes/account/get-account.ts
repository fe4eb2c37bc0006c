import { accountSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function getAccount({ profiles }: IdentityRoutesContext) {
  return endpoint({
    summary: 'My account and what keeps it safe',
    answers: { 200: accountSchema },
    method: 'get',
    path: '/account',
    access: 'user',
    needs: 'own',
    isBeforeSecondFactor: true,
    async handle({ caller }) {
      return json(await profiles.get(caller))
    },
  })
}
