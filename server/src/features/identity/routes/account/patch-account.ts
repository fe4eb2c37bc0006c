import { patchAccountRequestSchema, accountSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { printableNameSchema } from '../../printable-name.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function patchAccount({ profiles }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Change my name',
    answers: { 200: accountSchema },
    method: 'patch',
    path: '/account',
    access: 'user',
    needs: 'own',
    body: patchAccountRequestSchema.extend({ name: printableNameSchema }),
    async handle({ caller, body }) {
      await profiles.rename(caller.userId, body.name)
      return json(await profiles.get(caller))
    },
  })
}
