import { oauthClientIdSchema, oauthClientListSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** All apps that may ask people, by pages. */
export function listClients({ clients }: OAuthRoutesContext) {
  return endpoint({
    summary: 'List apps',
    answers: { 200: oauthClientListSchema },
    method: 'get',
    path: '/admin/oauth-clients',
    access: 'auditor',
    query: z.object({
      cursor: oauthClientIdSchema.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    async handle({ query: { cursor, limit } }) {
      const found = await clients.list(cursor, limit + 1)
      return json(pageOf(found, limit, ({ id }) => id))
    },
  })
}
