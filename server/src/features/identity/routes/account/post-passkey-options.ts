import { passkeyOptionsSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** What the browser needs to make a passkey. */
export function postRegistrationOptions({ proofs, passkeys }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Begin to add a passkey',
    answers: { 200: passkeyOptionsSchema },
    problems: ['proof_required', 'forbidden'],
    method: 'post',
    path: '/account/passkeys/options',
    access: 'user',
    needs: 'own',
    isBeforeSecondFactor: true,
    limit: { requests: 30, windowSeconds: 60 },
    async handle({ caller }) {
      await proofs.require(caller)
      return json(await passkeys.beginRegistration(caller.userId))
    },
  })
}
