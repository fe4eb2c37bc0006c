import { emailRequestSchema } from '@cloudsync/protocol'
import { endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Asks for a link to choose a new password with. */
export function postForgotPassword({ passwordChanges }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Ask for a link to set a new password',
    answers: { 202: 'empty' },
    method: 'post',
    path: '/auth/password/forgot',
    access: 'public',
    body: emailRequestSchema,
    limit: { requests: 10, windowSeconds: 60 },
    async handle({ body }) {
      await passwordChanges.requestReset(body.email)
      return { kind: 'empty', status: 202 }
    },
  })
}
