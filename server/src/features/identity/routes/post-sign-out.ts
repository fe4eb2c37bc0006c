import { signOutRequestSchema } from '@cloudsync/protocol'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { IdentityRoutesContext } from './identity-routes-context.ts'

/** Ends the session of the access token, of the refresh token, or of both; one of them must be there. */
export function postSignOut({ sessions, signIn }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Sign out: the session of the token that is sent ends',
    answers: { 204: 'empty' },
    method: 'post',
    path: '/auth/sign-out',
    access: 'public',
    body: signOutRequestSchema.default({}),
    limit: { requests: 300, windowSeconds: 60 },
    isNeverShed: true,
    async handle({ caller, body }) {
      if (!caller && body.refreshToken === undefined) throw new ProblemError('not_signed_in')
      if (body.refreshToken !== undefined) await signIn.signOut(body.refreshToken)
      if (caller) await sessions.end(caller.sessionId, 'signed_out')
      return empty()
    },
  })
}
