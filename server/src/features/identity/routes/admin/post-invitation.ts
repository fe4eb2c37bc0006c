import { createInvitationRequestSchema, createdInvitationSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Invites by mail; the answer is the only place where the link is told, to hand it over. */
export function postInvitation({ invitations }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Invite somebody by mail',
    answers: { 201: createdInvitationSchema },
    problems: ['id_taken'],
    method: 'post',
    path: '/admin/invitations',
    access: 'admin',
    body: createInvitationRequestSchema,
    limit: { requests: 300, windowSeconds: 60 },
    async handle({ caller, body }) {
      return json(await invitations.invite(body.email, caller.userId), { status: 201 })
    },
  })
}
