import { passkeyIdSchema, patchPasskeyRequestSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import { printableNameSchema } from '../../printable-name.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function patchPasskey({ passkeys }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Rename a passkey',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'patch',
    path: '/account/passkeys/:id',
    access: 'user',
    needs: 'own',
    params: z.object({ id: passkeyIdSchema }),
    body: patchPasskeyRequestSchema.extend({ name: printableNameSchema }),
    async handle({ caller, params, body }) {
      await passkeys.rename(caller.userId, params.id, body.name)
      return empty()
    },
  })
}
