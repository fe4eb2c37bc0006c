import { signUpPolicySchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function getSignUpPolicy({ signUp }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Who may make an account',
    answers: { 200: signUpPolicySchema },
    method: 'get',
    path: '/admin/sign-up-policy',
    access: 'auditor',
    async handle() {
      return json(await signUp.policy())
    },
  })
}
