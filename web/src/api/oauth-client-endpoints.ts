import type {
  CreatedOAuthClient,
  InitialAccessToken,
  NewOAuthClient,
  OAuthClient,
  OAuthClientPatch,
  Page,
} from '@cloudsync/protocol'
import type { ApiClient } from './api-client.ts'

const root = '/admin/oauth-clients'

/** All of them: an installation has few. */
export async function listOAuthClients(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly OAuthClient[]> {
  const clients: OAuthClient[] = []
  let cursor: string | null = null
  do {
    const search: URLSearchParams = new URLSearchParams({ limit: '200' })
    if (cursor !== null) search.set('cursor', cursor)
    const page: Page<OAuthClient> = await api.getJson(`${root}?${search}`, signal)
    clients.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return clients
}

export function createOAuthClient(
  api: ApiClient,
  client: NewOAuthClient,
): Promise<CreatedOAuthClient> {
  return api.sendJson('POST', root, client)
}

export function patchOAuthClient(
  api: ApiClient,
  id: string,
  patch: OAuthClientPatch,
): Promise<OAuthClient> {
  return api.sendJson('PATCH', pathOf(id), patch)
}

/** The one before is void at once. */
export async function renewClientSecret(api: ApiClient, id: string): Promise<string> {
  const path = `${pathOf(id)}/secret`
  return (await api.sendJson<{ clientSecret: string }>('POST', path, undefined)).clientSecret
}

export function removeOAuthClient(api: ApiClient, id: string): Promise<void> {
  return api.delete(pathOf(id))
}

export function makeInitialAccessToken(
  api: ApiClient,
  expiresInSeconds: number,
): Promise<InitialAccessToken> {
  return api.sendJson('POST', '/admin/oauth-initial-access-tokens', { expiresInSeconds })
}

function pathOf(id: string): string {
  return `${root}/${encodeURIComponent(id)}`
}
