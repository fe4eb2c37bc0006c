import { useQueryClient } from '@tanstack/react-query'
import type { ApiClient } from '../api/api-client.ts'
import { listOAuthClients } from '../api/oauth-client-endpoints.ts'

const queryKey = ['admin', 'oauth-clients'] as const

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
