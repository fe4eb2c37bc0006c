import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Turns two-factor sign-in off. */
export function deleteTotp({ proofs, secondFactors }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Stop asking for codes of an authenticator app',
    answers: { 204: 'empty' },
    problems: ['proof_required', 'last_second_factor'],
    method: 'delete',
    path: '/account/totp',
    access: 'user',
    needs: 'own',
    async handle({ caller }) {
      await proofs.require(caller)
      await secondFactors.turnOff(caller.userId)
      return empty()
    },
  })
}
