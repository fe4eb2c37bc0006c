import { putPasswordRequestSchema } from '@cloudsync/protocol'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function putPassword({ proofs, passwordChanges }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Change my password',
    answers: { 204: 'empty' },
    problems: ['proof_required', 'password_too_common'],
    method: 'put',
    path: '/account/password',
    access: 'user',
    needs: 'own',
    body: putPasswordRequestSchema,
    limit: { requests: 20, windowSeconds: 60 },
    async handle({ caller, body }) {
      await proofs.require(caller)
      await passwordChanges.change(caller, body)
      return empty()
    },
  })
}
