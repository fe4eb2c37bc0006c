import { secondFactorPolicySchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Who demands two factors has them, and has shown lately who they are. */
export function putSecondFactorPolicy({ proofs, secondFactorDemand }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Demand two factors of people',
    answers: { 200: secondFactorPolicySchema },
    problems: ['proof_required'],
    method: 'put',
    path: '/admin/second-factor-policy',
    access: 'admin',
    scope: 'session',
    body: secondFactorPolicySchema,
    async handle({ caller, body }) {
      await proofs.require(caller)
      await secondFactorDemand.setPolicy(body, caller)
      return json(body)
    },
  })
}
