import type {
  CustomRole,
  Grant,
  GrantId,
  Group,
  Node,
  NodeId,
  Page,
  PutGrantRequest,
} from '@cloudsync/protocol'
import type { ApiClient } from './api-client.ts'

/** What is granted on a node itself. */
export function listGrants(api: ApiClient, id: NodeId, signal?: AbortSignal): Promise<Page<Grant>> {
  return api.getJson(`/nodes/${id}/grants?limit=1000`, signal)
}

export function putGrant(api: ApiClient, id: NodeId, grant: PutGrantRequest): Promise<Grant> {
  return api.sendJson('PUT', `/nodes/${id}/grants`, grant)
}

export function removeGrant(api: ApiClient, id: NodeId, grantId: GrantId): Promise<void> {
  return api.delete(`/nodes/${id}/grants/${grantId}`)
}

/** Makes a folder private, or lets it inherit again. */
export function putInheritance(api: ApiClient, id: NodeId, inherits: boolean): Promise<Node> {
  return api.sendJson('PUT', `/nodes/${id}/inheritance`, { inherits })
}

export async function listGroups(api: ApiClient, signal?: AbortSignal): Promise<readonly Group[]> {
  return (await api.getJson<Page<Group>>('/groups?limit=1000', signal)).items
}

export async function listRoles(
  api: ApiClient,
  signal?: AbortSignal,
): Promise<readonly CustomRole[]> {
  return (await api.getJson<Page<CustomRole>>('/roles?limit=1000', signal)).items
}

/** What others have shared with this person, node by node. */
export function listShared(
  api: ApiClient,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<Page<Node>> {
  const query = new URLSearchParams({ limit: '200' })
  if (cursor !== undefined) query.set('cursor', cursor)
  return api.getJson(`/shared?${query}`, signal)
}
