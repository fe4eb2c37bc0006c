import { acceptInvitationRequestSchema, tokensSchema } from '@cloudsync/protocol'
import { endpoint } from '#platform/http/endpoint.ts'
import { clientOf } from '../../client.ts'
import { printableNameSchema } from '../../printable-name.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

/** Makes the account of who was invited, or has signed up, and signs in. */
export function acceptInvitation({ invitations, signInAnswers }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Accept an invitation, and sign in',
    answers: { 201: tokensSchema, 204: 'empty' },
    heeds: ['cloudsync-session'],
    problems: ['link_used', 'password_too_common', 'id_taken', 'sign_up_closed'],
    method: 'post',
    path: '/auth/invitations/accept',
    access: 'public',
    body: acceptInvitationRequestSchema.extend({ name: printableNameSchema }),
    limit: { requests: 20, windowSeconds: 60 },
    async handle(request) {
      const signedIn = await invitations.accept(request.body, clientOf(request))
      return signInAnswers.signedIn(request, signedIn, 201)
    },
  })
}
