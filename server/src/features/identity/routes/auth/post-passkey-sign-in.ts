import { passkeySignInRequestSchema, tokensSchema } from '@cloudsync/protocol'
import { endpoint } from '#platform/http/endpoint.ts'
import { clientOf } from '../../client.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Signs in with a passkey alone. */
export function postPasskeySignIn({ passkeySignIn, signInAnswers }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Sign in with a passkey',
    answers: { 200: tokensSchema, 204: 'empty' },
    heeds: ['cloudsync-session'],
    problems: ['wrong_passkey'],
    method: 'post',
    path: '/auth/passkeys/sign-in',
    access: 'public',
    isBeforeSecondFactor: true,
    body: passkeySignInRequestSchema,
    limit: { requests: 60, windowSeconds: 60 },
    async handle(request) {
      const signedIn = await passkeySignIn.signIn(request.body, clientOf(request))
      return signInAnswers.signedIn(request, signedIn)
    },
  })
}
