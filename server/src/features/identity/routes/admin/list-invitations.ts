import {
  pageQuerySchema,
  type Invitation,
  type Page,
  pageSchema,
  invitationSchema,
} from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import type { IdentityRoutesContext } from '../identity-routes-context.ts'

export function listInvitations({ invitations }: IdentityRoutesContext) {
  return endpoint({
    summary: 'Invitations that are open',
    answers: { 200: pageSchema(invitationSchema) },
    method: 'get',
    path: '/admin/invitations',
    access: 'auditor',
    query: pageQuerySchema.extend({ cursor: z.uuid().optional() }),
    async handle({ query: { cursor, limit } }) {
      const found = await invitations.list(cursor, limit + 1)
      return json(pageOf(found, limit, ({ id }) => id) satisfies Page<Invitation>)
    },
  })
}
