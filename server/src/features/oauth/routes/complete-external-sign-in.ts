import { tokensSchema } from '@cloudsync/protocol'
import { endpoint } from '#platform/http/endpoint.ts'
import { clientOf } from '#features/identity/index.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Ends a sign-in by another provider: a session for the browser that began it. */
export function completeExternalSignIn({ external, signInAnswers }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Finish a sign-in by another provider',
    answers: { 200: tokensSchema, 204: 'empty' },
    heeds: ['cloudsync-session'],
    problems: ['external_sign_in_failed', 'second_factor_required'],
    method: 'post',
    path: '/auth/external/complete',
    access: 'public',
    isBeforeSecondFactor: true,
    limit: { requests: 60, windowSeconds: 60 },
    async handle(request) {
      const signedIn = await external.complete(request.raw.headers.cookie, clientOf(request))
      return signInAnswers.signedIn(request, signedIn)
    },
  })
}
