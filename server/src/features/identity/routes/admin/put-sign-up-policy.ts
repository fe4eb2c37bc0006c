import { signUpPolicySchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function putSignUpPolicy({ signUp }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Decide who may make an account',
    answers: { 200: signUpPolicySchema },
    method: 'put',
    path: '/admin/sign-up-policy',
    access: 'admin',
    body: signUpPolicySchema,
    async handle({ caller, body }) {
      await signUp.setPolicy(body, caller.userId)
      return json(body)
    },
  })
}
