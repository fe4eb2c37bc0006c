import type {
  CustomRole,
  CustomRoleId,
  CustomRoleRequest,
  Group,
  GroupId,
  GroupMember,
  Page,
  UserId,
} from '@cloudsync/protocol'
import { listPage } from './admin-endpoints.ts'
import type { ApiClient } from './api-client.ts'

export function listGroups(
  api: ApiClient,
  search: { query: string; cursor: string | undefined },
  signal?: AbortSignal,
): Promise<Page<Group>> {
  return listPage(api, '/groups', search, signal)
}

export function createGroup(api: ApiClient, name: string): Promise<Group> {
  return api.sendJson('POST', '/admin/groups', { name })
}

export function renameGroup(api: ApiClient, id: GroupId, name: string): Promise<Group> {
  return api.sendJson('PATCH', `/admin/groups/${id}`, { name })
}

export function deleteGroup(api: ApiClient, id: GroupId): Promise<void> {
  return api.delete(`/admin/groups/${id}`)
}

export function listGroupMembers(
  api: ApiClient,
  id: GroupId,
  search: { query: string; cursor: string | undefined },
  signal?: AbortSignal,
): Promise<Page<GroupMember>> {
  return listPage(api, `/admin/groups/${id}/members`, search, signal)
}

export function addGroupMember(api: ApiClient, id: GroupId, userId: UserId): Promise<void> {
  return api.sendJson('PUT', `/admin/groups/${id}/members/${userId}`, undefined)
}

export function removeGroupMember(api: ApiClient, id: GroupId, userId: UserId): Promise<void> {
  return api.delete(`/admin/groups/${id}/members/${userId}`)
}

export function listRoles(
  api: ApiClient,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<Page<CustomRole>> {
  return listPage(api, '/roles', { cursor }, signal)
}

export function createRole(api: ApiClient, role: CustomRoleRequest): Promise<CustomRole> {
  return api.sendJson('POST', '/admin/roles', role)
}

export function changeRole(
  api: ApiClient,
  id: CustomRoleId,
  role: CustomRoleRequest,
): Promise<CustomRole> {
  return api.sendJson('PUT', `/admin/roles/${id}`, role)
}

export function deleteRole(api: ApiClient, id: CustomRoleId): Promise<void> {
  return api.delete(`/admin/roles/${id}`)
}
