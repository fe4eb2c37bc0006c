import { passkeyOptionsRequestSchema, passkeyOptionsSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { ProblemError } from '#platform/problem-error.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** What the browser needs to ask for a passkey: to sign in with it alone, or as the second factor. */
export function postPasskeyOptions({ db, passkeys, challenges }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Begin to sign in with a passkey',
    answers: { 200: passkeyOptionsSchema },
    problems: ['not_signed_in', 'not_found', 'token_expired', 'link_used'],
    method: 'post',
    path: '/auth/passkeys/options',
    access: 'public',
    body: passkeyOptionsRequestSchema,
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ body }) {
      if (body.challenge === undefined) return json(await passkeys.beginSignIn())
      const userId = await challenges.find(db.kysely, body.challenge, 'second_factor')
      if (!userId) throw new ProblemError('token_expired', { detail: 'Begin the sign-in again' })
      return json(await passkeys.beginSignIn(userId))
    },
  })
}
