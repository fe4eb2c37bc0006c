import { initialAccessTokenIdSchema } from '@cloudsync/protocol'
import { z } from 'zod'
import { empty, endpoint } from '#platform/http/endpoint.ts'
import type { OAuthRoutesContext } from './oauth-routes-context.ts'

/** Revokes a token by which apps register themselves; those that have stay. */
export function deleteInitialAccessToken({ initialAccessTokens }: OAuthRoutesContext) {
  return endpoint({
    summary: 'Revoke a token by which apps register themselves',
    answers: { 204: 'empty' },
    problems: ['not_found'],
    method: 'delete',
    path: '/admin/oauth-initial-access-tokens/:id',
    access: 'admin',
    params: z.object({ id: initialAccessTokenIdSchema }),
    async handle({ caller, params }) {
      await initialAccessTokens.revoke(params.id, caller.userId)
      return empty()
    },
  })
}
