import { totpSetUpSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Makes a secret for the authenticator app; it counts when a code of it was seen. */
export function postTotp({ proofs, secondFactors }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Begin to set up an authenticator app',
    answers: { 201: totpSetUpSchema },
    problems: ['proof_required', 'already_set_up'],
    method: 'post',
    path: '/account/totp',
    access: 'user',
    needs: 'own',
    isBeforeSecondFactor: true,
    limit: { requests: 30, windowSeconds: 60 },
    async handle({ caller }) {
      await proofs.require(caller)
      return json(await secondFactors.begin(caller.userId), { status: 201 })
    },
  })
}
