import { keepPreviousData, useQueryClient } from '@tanstack/react-query'
import type { AccountFilter, GroupId, Page, SpaceId, SpaceOrder, UserId } from '@cloudsync/protocol'
import { listGroupMembers, listGroups, listRoles } from '../api/admin-access-endpoints.ts'
import {
  getSecondFactorPolicy,
  getSignUpPolicy,
  getUser,
  listAllSessions,
  listInvitations,
  listMailbox,
  listServiceTokens,
  listUsers,
} from '../api/admin-endpoints.ts'
import {
  getKeys,
  getSpaceDefaults,
  listAllSpaces,
  listSpaceMembers,
} from '../api/admin-space-endpoints.ts'
import type { ApiClient } from '../api/api-client.ts'

const adminKey = ['admin'] as const

interface Cancelable {
  readonly signal: AbortSignal
}

/** A list page by page; what was found before stands until what is looked for now is there. */
function paged<T>(
  key: readonly unknown[],
  fetchPage: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>,
) {
  return {
    queryKey: [...adminKey, ...key],
    queryFn: ({
      pageParam: cursor,
      signal,
    }: Cancelable & { readonly pageParam: string | undefined }) => fetchPage(cursor, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }: Page<T>) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  }
}

export function usersQuery(api: ApiClient, query: string, only?: AccountFilter) {
  return paged(['users', query, only], (cursor, signal) =>
    listUsers(api, { query, only, cursor }, signal),
  )
}

export function userQuery(api: ApiClient, id: UserId) {
  return {
    queryKey: [...adminKey, 'user', id],
    queryFn: ({ signal }: Cancelable) => getUser(api, id, signal),
  }
}

export function allSessionsQuery(api: ApiClient, query: string, userId: UserId | undefined) {
  return paged(['sessions', query, userId], (cursor, signal) =>
    listAllSessions(api, { query, userId, cursor }, signal),
  )
}

export function groupsQuery(api: ApiClient, query: string) {
  return paged(['groups', query], (cursor, signal) => listGroups(api, { query, cursor }, signal))
}

export function groupMembersQuery(api: ApiClient, id: GroupId, query: string) {
  return paged(['group members', id, query], (cursor, signal) =>
    listGroupMembers(api, id, { query, cursor }, signal),
  )
}

export function rolesQuery(api: ApiClient) {
  return paged(['roles'], (cursor, signal) => listRoles(api, cursor, signal))
}

export function allSpacesQuery(api: ApiClient, query: string, order: SpaceOrder) {
  return paged(['spaces', query, order], (cursor, signal) =>
    listAllSpaces(api, { query, order, cursor }, signal),
  )
}

export function spaceMembersQuery(api: ApiClient, id: SpaceId) {
  return paged(['space members', id], (cursor, signal) => listSpaceMembers(api, id, cursor, signal))
}

export function spaceDefaultsQuery(api: ApiClient) {
  return {
    queryKey: [...adminKey, 'space-defaults'],
    queryFn: ({ signal }: Cancelable) => getSpaceDefaults(api, signal),
  }
}

export function keysQuery(api: ApiClient) {
  return {
    queryKey: [...adminKey, 'keys'],
    queryFn: ({ signal }: Cancelable) => getKeys(api, signal),
  }
}

export function invitationsQuery(api: ApiClient) {
  return {
    queryKey: [...adminKey, 'invitations'],
    queryFn: ({ signal }: Cancelable) => listInvitations(api, signal),
  }
}

export function signUpPolicyQuery(api: ApiClient) {
  return {
    queryKey: [...adminKey, 'sign-up-policy'],
    queryFn: ({ signal }: Cancelable) => getSignUpPolicy(api, signal),
  }
}

export function secondFactorPolicyQuery(api: ApiClient) {
  return {
    queryKey: [...adminKey, 'second-factor-policy'],
    queryFn: ({ signal }: Cancelable) => getSecondFactorPolicy(api, signal),
  }
}

export function serviceTokensQuery(api: ApiClient, id: UserId) {
  return {
    queryKey: [...adminKey, 'service-tokens', id],
    queryFn: ({ signal }: Cancelable) => listServiceTokens(api, id, signal),
  }
}

export function mailboxQuery(api: ApiClient) {
  return {
    queryKey: [...adminKey, 'mailbox'],
    queryFn: ({ signal }: Cancelable) => listMailbox(api, signal),
    refetchInterval: 3_000,
  }
}

/** Asks anew for everything that administrators see. */
export function useRefreshAdmin(): () => Promise<void> {
  const queryClient = useQueryClient()
  return () => queryClient.invalidateQueries({ queryKey: adminKey })
}
