import { createServiceAccountRequestSchema, adminUserSchema } from '@cloudsync/protocol'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { printableNameSchema } from '../../printable-name.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function postServiceAccount({ administration }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Make a service account',
    answers: { 201: adminUserSchema },
    method: 'post',
    path: '/admin/service-accounts',
    access: 'admin',
    body: createServiceAccountRequestSchema.extend({ name: printableNameSchema }),
    limit: { requests: 60, windowSeconds: 60 },
    async handle({ caller, body }) {
      const { id } = await administration.createService(body.name, caller.userId)
      return json(await administration.get(id), { status: 201 })
    },
  })
}
