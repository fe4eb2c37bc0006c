import { linkRequestSchema, invitedSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Whom a link invites. The secret stands in the body, which nobody logs. */
export function lookAtInvitation({ invitations }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Whom an invitation is for',
    answers: { 200: invitedSchema },
    problems: ['link_used'],
    method: 'post',
    path: '/auth/invitations/look',
    access: 'public',
    body: linkRequestSchema,
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ body }) {
      return json(await invitations.look(body.token))
    },
  })
}
