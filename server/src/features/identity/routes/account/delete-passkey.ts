import { passkeyIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function deletePasskey({ proofs, passkeys }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Remove a passkey',
    answers: { 204: 'empty' },
    problems: ['not_found', 'proof_required', 'last_second_factor'],
    method: 'delete',
    path: '/account/passkeys/:id',
    access: 'user',
    needs: 'own',
    params: z.object({ id: passkeyIdSchema }),
    async handle({ caller, params }) {
      await proofs.require(caller)
      await passkeys.remove(caller.userId, params.id)
      return empty()
    },
  })
}
