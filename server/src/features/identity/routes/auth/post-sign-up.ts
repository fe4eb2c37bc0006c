import { emailRequestSchema } from '@cloudsync/protocol'
import { endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Asks for an account; what is true of the address is told to it alone. */
export function postSignUp({ signUp }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Ask for an account',
    answers: { 202: 'empty' },
    problems: ['sign_up_closed', 'password_too_common'],
    method: 'post',
    path: '/auth/sign-up',
    access: 'public',
    body: emailRequestSchema,
    limit: { requests: 10, windowSeconds: 60 },
    async handle({ body }) {
      await signUp.request(body.email)
      return { kind: 'empty', status: 202 }
    },
  })
}
