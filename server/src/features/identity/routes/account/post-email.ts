import { emailRequestSchema } from '@cloudsync/protocol'
import { endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Asks for another address; it counts when the link that is sent there was opened. */
export function postEmail({ proofs, emailChanges }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Ask for another address, which has to be confirmed',
    answers: { 202: 'empty' },
    problems: ['proof_required'],
    method: 'post',
    path: '/account/email',
    access: 'user',
    needs: 'own',
    body: emailRequestSchema,
    limit: { requests: 10, windowSeconds: 60 },
    async handle({ caller, body }) {
      await proofs.require(caller)
      await emailChanges.request(caller.userId, body.email)
      return { kind: 'empty', status: 202 }
    },
  })
}
