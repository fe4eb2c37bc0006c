import { secondFactorPolicySchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function getSecondFactorPolicy({ secondFactorDemand }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Of whom two factors are demanded',
    answers: { 200: secondFactorPolicySchema },
    method: 'get',
    path: '/admin/second-factor-policy',
    access: 'auditor',
    async handle() {
      return json(await secondFactorDemand.policy())
    },
  })
}
