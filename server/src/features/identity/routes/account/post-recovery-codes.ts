import { recoveryCodesSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** New codes in the place of the old ones. */
export function postRecoveryCodes({ proofs, secondFactors }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Make new recovery codes in place of all before',
    answers: { 201: recoveryCodesSchema },
    problems: ['not_found', 'proof_required'],
    method: 'post',
    path: '/account/recovery-codes',
    access: 'user',
    needs: 'own',
    limit: { requests: 30, windowSeconds: 60 },
    async handle({ caller }) {
      await proofs.require(caller)
      const recoveryCodes = await secondFactors.renewRecoveryCodes(caller.userId)
      return json({ recoveryCodes }, { status: 201 })
    },
  })
}
