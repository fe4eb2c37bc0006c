import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function deleteInvitation({ invitations }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Revoke an invitation',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/admin/invitations/:id',
    access: 'admin',
    params: z.object({ id: z.uuid() }),
    async handle({ caller, params }) {
      await invitations.revoke(params.id, caller.userId)
      return empty()
    },
  })
}
