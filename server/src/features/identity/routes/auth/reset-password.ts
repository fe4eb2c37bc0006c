import { resetPasswordRequestSchema } from '@cloudsync/protocol'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function resetPassword({ passwordChanges }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Set a new password with the link of a mail',
    answers: { 204: 'empty' },
    problems: ['link_used', 'password_too_common'],
    method: 'post',
    path: '/auth/password/reset',
    access: 'public',
    body: resetPasswordRequestSchema,
    limit: { requests: 20, windowSeconds: 60 },
    async handle({ body }) {
      await passwordChanges.reset(body)
      return empty()
    },
  })
}
