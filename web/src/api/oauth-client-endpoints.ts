import type {
  CreatedInitialAccessToken,
  CreatedOAuthClient,
  InitialAccessToken,
  NewOAuthClient,
  OAuthClient,
  OAuthClientPatch,
} from '@cloudsync/protocol'
import type { ApiClient } from './api-client.ts'
import { listAll } from './endpoints.ts'

const root = '/admin/oauth-clients'
const tokens = '/admin/oauth-initial-access-tokens'

export function listOAuthClients(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly OAuthClient[]> {
  return listAll(api, root, signal)
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
): Promise<CreatedInitialAccessToken> {
  return api.sendJson('POST', tokens, { expiresInSeconds })
}

export function listInitialAccessTokens(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly InitialAccessToken[]> {
  return listAll(api, tokens, signal)
}

export function revokeInitialAccessToken(api: ApiClient, id: string): Promise<void> {
  return api.delete(`${tokens}/${encodeURIComponent(id)}`)
}

function pathOf(id: string): string {
  return `${root}/${encodeURIComponent(id)}`
}
