import { signOutRequestSchema } from '@cloudsync/protocol'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import { keepsCookie } from '#platform/http/session-cookie.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

/**
 * Ends the session of the access token or the cookie, of the refresh token, or of both; one of them must be there,
 * but from a page that keeps a cookie: that is forgotten, whatever it was good for.
 */
export function postSignOut({ sessions, signIn, signInAnswers }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Sign out: the session of the token or cookie that is sent ends',
    answers: { 204: 'empty' },
    heeds: ['cloudsync-session'],
    method: 'post',
    path: '/auth/sign-out',
    access: 'public',
    isBeforeSecondFactor: true,
    body: signOutRequestSchema.default({}),
    limit: { requests: 300, windowSeconds: 60 },
    isNeverShed: true,
    async handle({ caller, body, raw }) {
      const hasCookie = keepsCookie(raw)
      if (!caller && !hasCookie && body.refreshToken === undefined)
        throw new ProblemError('not_signed_in')
      if (body.refreshToken !== undefined) await signIn.signOut(body.refreshToken)
      if (caller) await sessions.end(caller.sessionId, 'signed_out')
      return hasCookie ? signInAnswers.signedOut({ raw }) : empty()
    },
  })
}
