import { totpCodeRequestSchema, recoveryCodesSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Turns two-factor sign-in on with the first code; gives the recovery codes. */
export function putTotp({ proofs, secondFactors }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Confirm an authenticator app with its first code',
    answers: { 200: recoveryCodesSchema },
    problems: ['not_found', 'wrong_code', 'proof_required', 'already_set_up'],
    method: 'put',
    path: '/account/totp',
    access: 'user',
    needs: 'own',
    isBeforeSecondFactor: true,
    body: totpCodeRequestSchema,
    limit: { requests: 30, windowSeconds: 60 },
    async handle({ caller, body }) {
      await proofs.require(caller)
      return json({ recoveryCodes: await secondFactors.confirm(caller, body.code) })
    },
  })
}
