import { linkRequestSchema } from '@cloudsync/protocol'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function verifyEmail({ emailChanges }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Confirm an address with the link of a mail',
    answers: { 204: 'empty' },
    problems: ['link_used', 'id_taken'],
    method: 'post',
    path: '/auth/verify-email',
    access: 'public',
    body: linkRequestSchema,
    limit: { requests: 20, windowSeconds: 60 },
    async handle({ body }) {
      await emailChanges.confirm(body.token)
      return empty()
    },
  })
}
