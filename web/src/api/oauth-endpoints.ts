import type { ConsentRequest, NextLocation } from '@cloudsync/protocol'
import type { ApiClient } from './api-client.ts'

export type Decision = 'allow' | 'deny'

export function getConsentRequest(api: ApiClient, uid: string): Promise<ConsentRequest> {
  return api.getJson(`/oauth/interactions/${encodeURIComponent(uid)}/consent`)
}

/** Gives where the browser goes next. */
export async function decideConsent(
  api: ApiClient,
  uid: string,
  decision: Decision,
): Promise<string> {
  const path = `/oauth/interactions/${encodeURIComponent(uid)}/consent`
  return (await api.sendJson<NextLocation>('POST', path, { decision })).location
}

export function lookAtUserCode(api: ApiClient, userCode: string): Promise<ConsentRequest> {
  return api.sendJson('POST', '/oauth/device-codes/look', { userCode })
}

export function decideUserCode(
  api: ApiClient,
  userCode: string,
  decision: Decision,
): Promise<void> {
  return api.sendJson('POST', '/oauth/device-codes/decide', { userCode, decision })
}
