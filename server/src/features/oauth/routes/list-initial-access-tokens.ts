import { initialAccessTokenIdSchema, initialAccessTokenListSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { endpoint, json } from '#platform/http/endpoint.ts'
import { pageOf } from '#platform/http/lists/page-of.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** The tokens by which apps register themselves, by pages; never the tokens themselves. */
export function listInitialAccessTokens({ initialAccessTokens }: OAuthRoutesContext) {
  return endpoint({
    summary: 'List the tokens by which apps register themselves',
    answers: { 200: initialAccessTokenListSchema },
    method: 'get',
    path: '/admin/oauth-initial-access-tokens',
    access: 'auditor',
    query: z.object({
      cursor: initialAccessTokenIdSchema.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    async handle({ query: { cursor, limit } }) {
      const found = await initialAccessTokens.list(cursor, limit + 1)
      return json(pageOf(found, limit, ({ id }) => id))
    },
  })
}
