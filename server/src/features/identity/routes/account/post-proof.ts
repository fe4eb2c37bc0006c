import { proofRequestSchema, proofSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Shows again who is there, for the quarter of an hour in which that is enough. */
export function postProof({ proofs }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Prove once more who is there',
    answers: { 200: proofSchema },
    problems: ['wrong_password'],
    method: 'post',
    path: '/account/proof',
    access: 'user',
    needs: 'own',
    isBeforeSecondFactor: true,
    body: proofRequestSchema,
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ caller, body, address }) {
      const provenUntil = await proofs.prove(caller, body.password, address)
      return json({ provenUntil: provenUntil.toISOString() })
    },
  })
}
