import { useQueryClient } from '@tanstack/react-query'
import type { ApiClient } from '../api/api-client.ts'
import { listInitialAccessTokens, listOAuthClients } from '../api/oauth-client-endpoints.ts'

const queryKey = ['admin', 'oauth-clients'] as const
const tokensKey = ['admin', 'oauth-initial-access-tokens'] as const

export function oauthClientsQuery(api: ApiClient) {
  return {
    queryKey,
    queryFn: ({ signal }: { signal: AbortSignal }) => listOAuthClients(api, signal),
  }
}

export function useRefreshOAuthClients(): () => Promise<void> {
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey })
}

/** The newest first. */
export function initialAccessTokensQuery(api: ApiClient) {
  return {
    queryKey: tokensKey,
    queryFn: async ({ signal }: { signal: AbortSignal }) =>
      (await listInitialAccessTokens(api, signal)).toSorted((one, other) =>
        other.createdAt.localeCompare(one.createdAt),
      ),
  }
}

export function useRefreshInitialAccessTokens(): () => Promise<void> {
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey: tokensKey })
}
