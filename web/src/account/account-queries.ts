import { useQueryClient } from '@tanstack/react-query'
import {
  getAccount,
  listConnectedApps,
  listExternalIdentities,
  listPasskeys,
  listSessions,
  listSignInProviders,
  listTokens,
} from '../api/account-endpoints.ts'
import type { ApiClient } from '../api/api-client.ts'

const accountKey = ['account'] as const

export function accountQuery(api: ApiClient) {
  return {
    queryKey: [...accountKey, 'self'],
    queryFn: ({ signal }: { signal: AbortSignal }) => getAccount(api, signal),
  }
}

export function sessionsQuery(api: ApiClient) {
  return {
    queryKey: [...accountKey, 'sessions'],
    queryFn: ({ signal }: { signal: AbortSignal }) => listSessions(api, signal),
  }
}

export function tokensQuery(api: ApiClient) {
  return {
    queryKey: [...accountKey, 'tokens'],
    queryFn: ({ signal }: { signal: AbortSignal }) => listTokens(api, signal),
  }
}

export function passkeysQuery(api: ApiClient) {
  return {
    queryKey: [...accountKey, 'passkeys'],
    queryFn: ({ signal }: { signal: AbortSignal }) => listPasskeys(api, signal),
  }
}

export function connectedAppsQuery(api: ApiClient) {
  return {
    queryKey: [...accountKey, 'apps'],
    queryFn: ({ signal }: { signal: AbortSignal }) => listConnectedApps(api, signal),
  }
}

export function externalIdentitiesQuery(api: ApiClient) {
  return {
    queryKey: [...accountKey, 'external identities'],
    queryFn: ({ signal }: { signal: AbortSignal }) => listExternalIdentities(api, signal),
  }
}

export function signInProvidersQuery(api: ApiClient) {
  return {
    queryKey: ['sign-in-providers'],
    queryFn: ({ signal }: { signal: AbortSignal }) => listSignInProviders(api, signal),
  }
}

/** Asks anew for everything of the account that is on the page. */
export function useRefreshAccount(): () => Promise<void> {
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey: accountKey })
}
