import type {
  AccountFilter,
  AdminSession,
  AdminUser,
  CreatedInvitation,
  CreatedToken,
  Invitation,
  MailboxItem,
  Page,
  PersonalToken,
  SecondFactorPolicy,
  SecretLink,
  SessionId,
  SignUpPolicy,
  UserId,
} from '@cloudsync/protocol'
import type { NewToken } from './account-endpoints.ts'
import type { ApiClient } from './api-client.ts'

/** What narrows a list; what is unset or empty does not. */
type ListSearch = Readonly<Record<string, string | undefined>>

/** A page of a list that may be long. */
export function listPage<T>(
  api: ApiClient,
  path: string,
  search: ListSearch,
  signal?: AbortSignal,
): Promise<Page<T>> {
  const query = new URLSearchParams({ limit: '50' })
  for (const [name, value] of Object.entries(search))
    if (value !== undefined && value !== '') query.set(name, value)
  return api.getJson(`${path}?${query}`, signal)
}

export function listUsers(
  api: ApiClient,
  search: { query: string; only?: AccountFilter | undefined; cursor: string | undefined },
  signal?: AbortSignal,
): Promise<Page<AdminUser>> {
  return listPage(api, '/admin/users', search, signal)
}

export function getUser(api: ApiClient, id: UserId, signal?: AbortSignal): Promise<AdminUser> {
  return api.getJson(`/admin/users/${id}`, signal)
}

export function patchUser(
  api: ApiClient,
  id: UserId,
  patch: { isDeactivated?: boolean; isAdmin?: boolean; isAuditor?: boolean },
): Promise<AdminUser> {
  return api.sendJson('PATCH', `/admin/users/${id}`, patch)
}

export function listAllSessions(
  api: ApiClient,
  search: { query: string; userId: UserId | undefined; cursor: string | undefined },
  signal?: AbortSignal,
): Promise<Page<AdminSession>> {
  return listPage(api, '/admin/sessions', search, signal)
}

export function endAnySession(api: ApiClient, id: SessionId): Promise<void> {
  return api.delete(`/admin/sessions/${id}`)
}

export function signOutEverywhere(api: ApiClient, id: UserId): Promise<void> {
  return api.delete(`/admin/users/${id}/sessions`)
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

export function getSecondFactorPolicy(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<SecondFactorPolicy> {
  return api.getJson('/admin/second-factor-policy', signal)
}

export function putSecondFactorPolicy(
  api: ApiClient,
  policy: SecondFactorPolicy,
): Promise<SecondFactorPolicy> {
  return api.sendJson('PUT', '/admin/second-factor-policy', policy)
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
