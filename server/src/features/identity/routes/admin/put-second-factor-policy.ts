import { secondFactorPolicySchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Who demands two factors has them. */
export function putSecondFactorPolicy({ secondFactorDemand }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Demand two factors of people',
    answers: { 200: secondFactorPolicySchema },
    method: 'put',
    path: '/admin/second-factor-policy',
    access: 'admin',
    body: secondFactorPolicySchema,
    async handle({ caller, body }) {
      await secondFactorDemand.setPolicy(body, caller)
      return json(body)
    },
  })
}
