import { signUpStateSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Whether anybody may make an account. */
export function getSignUp({ signUp }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Whether anybody may make an account',
    answers: { 200: signUpStateSchema },
    method: 'get',
    path: '/auth/sign-up',
    access: 'public',
    async handle() {
      return json(await signUp.state())
    },
  })
}
