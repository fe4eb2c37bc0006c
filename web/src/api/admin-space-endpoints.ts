import type {
  AdminSpace,
  InstallationKeys,
  Member,
  Page,
  Role,
  SpaceDefaults,
  SpaceId,
  SpaceOrder,
  UserId,
} from '@cloudsync/protocol'
import { listPage } from './admin-endpoints.ts'
import type { ApiClient } from './api-client.ts'

export function listAllSpaces(
  api: ApiClient,
  search: { query: string; order: SpaceOrder; cursor: string | undefined },
  signal?: AbortSignal,
): Promise<Page<AdminSpace>> {
  return listPage(api, '/admin/spaces', search, signal)
}

export function setQuota(
  api: ApiClient,
  id: SpaceId,
  quotaBytes: number | null,
): Promise<AdminSpace> {
  return api.sendJson('PATCH', `/admin/spaces/${id}`, { quotaBytes })
}

export function listSpaceMembers(
  api: ApiClient,
  id: SpaceId,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<Page<Member>> {
  return listPage(api, `/admin/spaces/${id}/members`, { cursor }, signal)
}

export function putSpaceMember(
  api: ApiClient,
  id: SpaceId,
  member: { email: string; role: Role },
): Promise<Member> {
  return api.sendJson('PUT', `/admin/spaces/${id}/members`, member)
}

export function removeSpaceMember(api: ApiClient, id: SpaceId, userId: UserId): Promise<void> {
  return api.delete(`/admin/spaces/${id}/members/${userId}`)
}

export function getSpaceDefaults(api: ApiClient, signal?: AbortSignal): Promise<SpaceDefaults> {
  return api.getJson('/admin/space-defaults', signal)
}

export function getKeys(api: ApiClient, signal?: AbortSignal): Promise<InstallationKeys> {
  return api.getJson('/admin/keys', signal)
}
