import { signInRequestSchema, tokensSchema } from '@cloudsync/protocol'
import { endpoint } from '#platform/http/endpoint.ts'
import { clientOf } from '../client.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

export function postSignIn({ signIn, signInAnswers }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Sign in with a password',
    answers: { 200: tokensSchema, 204: 'empty' },
    heeds: ['cloudsync-session'],
    problems: ['wrong_credentials', 'second_factor_required'],
    method: 'post',
    path: '/auth/sign-in',
    access: 'public',
    isBeforeSecondFactor: true,
    body: signInRequestSchema,
    // Of requests; wrong passwords are counted apart, and more strictly.
    limit: { requests: 300, windowSeconds: 60 },
    async handle(request) {
      const signedIn = await signIn.withPassword({ ...request.body, ...clientOf(request) })
      return signInAnswers.signedIn(request, signedIn)
    },
  })
}
