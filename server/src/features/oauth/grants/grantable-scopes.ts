import { oauthScopes, type OAuthScope } from '@cloudsync/protocol'
import type { Client } from 'oidc-provider'
import type { Caller } from '#platform/http/caller.ts'
import { wordsOf } from './request-params.ts'

/** What was asked for, as far as the client may have it and the person has it to give. */
export function grantableScopes(
  asked: unknown,
  client: Pick<Client, 'scope'>,
  caller: Caller,
): OAuthScope[] {
  const wanted = wordsOf(asked)
  const allowed = client.scope?.split(' ')
  return oauthScopes.filter(
    (scope) =>
      wanted.includes(scope) &&
      allowed?.includes(scope) !== false &&
      (scope !== 'admin' || caller.isAdmin),
  )
}
