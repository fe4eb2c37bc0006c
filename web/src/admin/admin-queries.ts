import { keepPreviousData, useQueryClient } from '@tanstack/react-query'
import type { AdminUser, Page, UserId } from '@cloudsync/protocol'
import {
  getSignUpPolicy,
  listInvitations,
  listMailbox,
  listServiceTokens,
  listUsers,
} from '../api/admin-endpoints.ts'
import type { ApiClient } from '../api/api-client.ts'

const adminKey = ['admin'] as const

export function usersQuery(api: ApiClient, query: string) {
  return {
    queryKey: [...adminKey, 'users', query],
    queryFn: ({
      pageParam: cursor,
      signal,
    }: {
      pageParam: string | undefined
      signal: AbortSignal
    }) => listUsers(api, { query, cursor }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }: Page<AdminUser>) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  }
}

export function invitationsQuery(api: ApiClient) {
  return {
    queryKey: [...adminKey, 'invitations'],
    queryFn: ({ signal }: { signal: AbortSignal }) => listInvitations(api, signal),
  }
}

export function signUpPolicyQuery(api: ApiClient) {
  return {
    queryKey: [...adminKey, 'sign-up-policy'],
    queryFn: ({ signal }: { signal: AbortSignal }) => getSignUpPolicy(api, signal),
  }
}

export function serviceTokensQuery(api: ApiClient, id: UserId) {
  return {
    queryKey: [...adminKey, 'service-tokens', id],
    queryFn: ({ signal }: { signal: AbortSignal }) => listServiceTokens(api, id, signal),
  }
}

export function mailboxQuery(api: ApiClient) {
  return {
    queryKey: [...adminKey, 'mailbox'],
    queryFn: ({ signal }: { signal: AbortSignal }) => listMailbox(api, signal),
    refetchInterval: 3_000,
  }
}

/** Asks anew for everything that administrators see. */
export function useRefreshAdmin(): () => Promise<void> {
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey: adminKey })
}
