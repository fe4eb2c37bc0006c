import { createPasskeyRequestSchema, passkeySchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { printableNameSchema } from '../../printable-name.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function postPasskey({ proofs, passkeys }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Add a passkey',
    answers: { 201: passkeySchema },
    problems: ['proof_required', 'wrong_passkey', 'forbidden'],
    method: 'post',
    path: '/account/passkeys',
    access: 'user',
    needs: 'own',
    isBeforeSecondFactor: true,
    body: createPasskeyRequestSchema.extend({ name: printableNameSchema }),
    limit: { requests: 30, windowSeconds: 60 },
    async handle({ caller, body }) {
      await proofs.require(caller)
      return json(await passkeys.register(caller, body), { status: 201 })
    },
  })
}
