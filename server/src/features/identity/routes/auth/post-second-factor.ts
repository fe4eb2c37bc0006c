import { secondFactorRequestSchema, tokensSchema } from '@cloudsync/protocol'
import { endpoint } from '#platform/http/endpoint.ts'
import { clientOf } from '../../client.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** The second half of a sign-in with two factors. */
export function postSecondFactor({ secondStep, signInAnswers }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Finish a sign-in with the second factor',
    answers: { 200: tokensSchema, 204: 'empty' },
    heeds: ['cloudsync-session'],
    problems: [
      'wrong_code',
      'wrong_passkey',
      'not_signed_in',
      'token_expired',
      'link_used',
      'not_found',
    ],
    method: 'post',
    path: '/auth/second-factor',
    access: 'public',
    isBeforeSecondFactor: true,
    body: secondFactorRequestSchema,
    limit: { requests: 60, windowSeconds: 60 },
    async handle(request) {
      const { body } = request
      const client = clientOf(request)
      const { challenge } = body
      const signedIn =
        'code' in body
          ? await secondStep.withCode(challenge, body.code, client)
          : await secondStep.withPasskey(
              challenge,
              { challenge: body.passkeyChallenge, response: body.response },
              client,
            )
      return signInAnswers.signedIn(request, signedIn)
    },
  })
}
