import { secondFactorRequestSchema, tokensSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { clientOf } from '../../client.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** The second half of a sign-in with two factors. */
export function postSecondFactor({ secondStep }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Finish a sign-in with the second factor',
    answers: { 200: tokensSchema },
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
    body: secondFactorRequestSchema,
    limit: { requests: 60, windowSeconds: 60 },
    async handle(request) {
      const { body } = request
      const client = clientOf(request)
      if ('code' in body) return json(await secondStep.withCode(body.challenge, body.code, client))
      const answer = { challenge: body.passkeyChallenge, response: body.response }
      return json(await secondStep.withPasskey(body.challenge, answer, client))
    },
  })
}
