import type {
  Account,
  ConnectedApp,
  CreatedToken,
  ExternalIdentity,
  NextLocation,
  Passkey,
  PasskeyOptions,
  PersonalToken,
  RecoveryCodes,
  SessionId,
  SessionItem,
  SignInProvider,
  TokenScope,
  TotpSetUp,
} from '@cloudsync/protocol'
import type { ApiClient } from './api-client.ts'

interface Items<T> {
  readonly items: readonly T[]
}

export function getAccount(api: ApiClient, signal?: AbortSignal): Promise<Account> {
  return api.getJson('/account', signal)
}

export function renameAccount(api: ApiClient, name: string): Promise<Account> {
  return api.sendJson('PATCH', '/account', { name })
}

/** Shows who is there, for the next quarter of an hour. */
export function prove(api: ApiClient, password: string): Promise<void> {
  return api.sendJson('POST', '/account/proof', { password })
}

export function changePassword(
  api: ApiClient,
  chosen: { readonly password: string; readonly endsTokens: boolean },
): Promise<void> {
  return api.sendJson('PUT', '/account/password', chosen)
}

/** The change counts when the link was opened that goes to the new address. */
export async function changeEmail(api: ApiClient, email: string): Promise<void> {
  await api.send('/account/email', { method: 'POST', body: { email } })
}

export async function listSessions(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly SessionItem[]> {
  return (await api.getJson<Items<SessionItem>>('/account/sessions', signal)).items
}

export function endSession(api: ApiClient, id: SessionId): Promise<void> {
  return api.delete(`/account/sessions/${id}`)
}

export function endOtherSessions(api: ApiClient): Promise<void> {
  return api.delete('/account/sessions')
}

export async function listTokens(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly PersonalToken[]> {
  return (await api.getJson<Items<PersonalToken>>('/account/tokens', signal)).items
}

export interface NewToken {
  readonly name: string
  readonly scopes: readonly TokenScope[]
  readonly expiresInDays: number | null
}

export function createToken(api: ApiClient, token: NewToken): Promise<CreatedToken> {
  return api.sendJson('POST', '/account/tokens', token)
}

export function revokeToken(api: ApiClient, id: SessionId): Promise<void> {
  return api.delete(`/account/tokens/${id}`)
}

export function beginTotp(api: ApiClient): Promise<TotpSetUp> {
  return api.sendJson('POST', '/account/totp', undefined)
}

export function confirmTotp(api: ApiClient, code: string): Promise<RecoveryCodes> {
  return api.sendJson('PUT', '/account/totp', { code })
}

export function removeTotp(api: ApiClient): Promise<void> {
  return api.delete('/account/totp')
}

export function renewRecoveryCodes(api: ApiClient): Promise<RecoveryCodes> {
  return api.sendJson('POST', '/account/recovery-codes', undefined)
}

export async function listPasskeys(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly Passkey[]> {
  return (await api.getJson<Items<Passkey>>('/account/passkeys', signal)).items
}

export function beginPasskey(api: ApiClient): Promise<PasskeyOptions> {
  return api.sendJson('POST', '/account/passkeys/options', undefined)
}

export function addPasskey(
  api: ApiClient,
  passkey: { challenge: string; name: string; response: unknown },
): Promise<Passkey> {
  return api.sendJson('POST', '/account/passkeys', passkey)
}

export function renamePasskey(api: ApiClient, id: string, name: string): Promise<void> {
  return api.sendJson('PATCH', `/account/passkeys/${encodeURIComponent(id)}`, { name })
}

export function removePasskey(api: ApiClient, id: string): Promise<void> {
  return api.delete(`/account/passkeys/${encodeURIComponent(id)}`)
}

export async function listConnectedApps(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly ConnectedApp[]> {
  return (await api.getJson<Items<ConnectedApp>>('/me/grants', signal)).items
}

export function disconnectApp(api: ApiClient, id: string): Promise<void> {
  return api.delete(`/me/grants/${encodeURIComponent(id)}`)
}

export async function listSignInProviders(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly SignInProvider[]> {
  return (await api.getJson<Items<SignInProvider>>('/auth/external', signal)).items
}

export async function listExternalIdentities(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly ExternalIdentity[]> {
  return (await api.getJson<Items<ExternalIdentity>>('/me/external-identities', signal)).items
}

/** Gives the address at the provider. */
export async function startExternalLink(api: ApiClient, id: string): Promise<string> {
  const path = `/me/external-identities/${id}/start`
  return (await api.sendJson<NextLocation>('POST', path, undefined)).location
}

export function disconnectIdentity(api: ApiClient, id: string): Promise<void> {
  return api.delete(`/me/external-identities/${id}`)
}
