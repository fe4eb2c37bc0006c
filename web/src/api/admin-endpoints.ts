import type {
  AdminUser,
  CreatedInvitation,
  CreatedToken,
  Invitation,
  MailboxItem,
  Page,
  PersonalToken,
  SecretLink,
  SessionId,
  SignUpPolicy,
  UserId,
} from '@cloudsync/protocol'
import type { NewToken } from './account-endpoints.ts'
import type { ApiClient } from './api-client.ts'

export interface UserSearch {
  readonly query: string
  readonly cursor: string | undefined
}

export function listUsers(
  api: ApiClient,
  { query, cursor }: UserSearch,
  signal?: AbortSignal,
): Promise<Page<AdminUser>> {
  const search = new URLSearchParams({ limit: '50' })
  if (query !== '') search.set('query', query)
  if (cursor !== undefined) search.set('cursor', cursor)
  return api.getJson(`/admin/users?${search}`, signal)
}

export function patchUser(
  api: ApiClient,
  id: UserId,
  patch: { isDeactivated?: boolean; isAdmin?: boolean },
): Promise<AdminUser> {
  return api.sendJson('PATCH', `/admin/users/${id}`, patch)
}

export function makeResetLink(api: ApiClient, id: UserId): Promise<SecretLink> {
  return api.sendJson('POST', `/admin/users/${id}/password-reset`, undefined)
}

export function removeSecondFactor(api: ApiClient, id: UserId): Promise<void> {
  return api.delete(`/admin/users/${id}/second-factor`)
}

export async function listInvitations(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly Invitation[]> {
  const page = await api.getJson<Page<Invitation>>('/admin/invitations?limit=100', signal)
  return page.items
}

export function invite(api: ApiClient, email: string): Promise<CreatedInvitation> {
  return api.sendJson('POST', '/admin/invitations', { email })
}

export function revokeInvitation(api: ApiClient, id: string): Promise<void> {
  return api.delete(`/admin/invitations/${id}`)
}

export function getSignUpPolicy(api: ApiClient, signal?: AbortSignal): Promise<SignUpPolicy> {
  return api.getJson('/admin/sign-up-policy', signal)
}

export function putSignUpPolicy(api: ApiClient, policy: SignUpPolicy): Promise<SignUpPolicy> {
  return api.sendJson('PUT', '/admin/sign-up-policy', policy)
}

export function createServiceAccount(api: ApiClient, name: string): Promise<AdminUser> {
  return api.sendJson('POST', '/admin/service-accounts', { name })
}

export async function listServiceTokens(
  api: ApiClient,
  id: UserId,
  signal?: AbortSignal,
): Promise<readonly PersonalToken[]> {
  const path = `/admin/service-accounts/${id}/tokens`
  return (await api.getJson<Page<PersonalToken>>(path, signal)).items
}

export function createServiceToken(
  api: ApiClient,
  id: UserId,
  token: NewToken,
): Promise<CreatedToken> {
  return api.sendJson('POST', `/admin/service-accounts/${id}/tokens`, token)
}

export function revokeServiceToken(api: ApiClient, id: UserId, tokenId: SessionId): Promise<void> {
  return api.delete(`/admin/service-accounts/${id}/tokens/${tokenId}`)
}

export async function listMailbox(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly MailboxItem[]> {
  return (await api.getJson<Page<MailboxItem>>('/admin/mailbox', signal)).items
}
