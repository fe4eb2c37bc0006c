import type {
  Member,
  Node,
  NodeId,
  Page,
  Role,
  Space,
  SpaceId,
  UserId,
  Version,
  VersionDiff,
} from '@cloudsync/protocol'
import type { ApiClient } from './api-client.ts'

/** The most that a listing gives at once. */
const pageLimit = 1000

export async function listSpaces(api: ApiClient, signal?: AbortSignal): Promise<readonly Space[]> {
  return listAll<Space>(api, '/spaces', signal)
}

export function createSpace(api: ApiClient, name: string): Promise<Space> {
  return api.sendJson('POST', '/spaces', { name })
}

export async function listMembers(
  api: ApiClient,
  spaceId: SpaceId,
  signal?: AbortSignal,
): Promise<readonly Member[]> {
  return listAll<Member>(api, `/spaces/${spaceId}/members`, signal)
}

export function putMember(
  api: ApiClient,
  spaceId: SpaceId,
  member: { email: string; role: Exclude<Role, 'owner'> },
): Promise<Member> {
  return api.sendJson('PUT', `/spaces/${spaceId}/members`, member)
}

export function removeMember(api: ApiClient, spaceId: SpaceId, userId: UserId): Promise<void> {
  return api.delete(`/spaces/${spaceId}/members/${userId}`)
}

export function getNode(api: ApiClient, id: NodeId, signal?: AbortSignal): Promise<Node> {
  return api.getJson(`/nodes/${id}`, signal)
}

/** One page of a folder's children, in the server's order. */
export function listChildren(
  api: ApiClient,
  parentId: NodeId,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<Page<Node>> {
  return api.getJson(withCursor(`/nodes/${parentId}/children`, cursor), signal)
}

export function createText(
  api: ApiClient,
  node: { id: NodeId; parentId: NodeId; name: string },
): Promise<Node> {
  return api.sendJson('POST', '/nodes', { ...node, kind: 'text' })
}

export function renameNode(api: ApiClient, id: NodeId, name: string): Promise<Node> {
  return api.sendJson('PATCH', `/nodes/${id}`, { name })
}

export function trashNode(api: ApiClient, id: NodeId): Promise<void> {
  return api.delete(`/nodes/${id}`)
}

export function restoreNode(api: ApiClient, id: NodeId): Promise<Node> {
  return api.sendJson('POST', `/nodes/${id}/restore`, undefined)
}

export async function readContent(api: ApiClient, id: NodeId): Promise<Blob> {
  return (await api.send(`/nodes/${id}/content`, {})).blob()
}

export function listVersions(
  api: ApiClient,
  id: NodeId,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<Page<Version>> {
  return api.getJson(withCursor(`/nodes/${id}/versions`, cursor, 100), signal)
}

/** Keeps the text as it is now under a name. */
export function createVersion(api: ApiClient, id: NodeId, name: string): Promise<Version> {
  return api.sendJson('POST', `/nodes/${id}/versions`, { name })
}

export function renameVersion(
  api: ApiClient,
  id: NodeId,
  number: number,
  name: string | null,
): Promise<Version> {
  return api.sendJson('PATCH', `/nodes/${id}/versions/${number}`, { name })
}

export async function readVersion(
  api: ApiClient,
  id: NodeId,
  number: number,
  signal?: AbortSignal,
): Promise<Blob> {
  return (await api.send(`/nodes/${id}/versions/${number}/content`, { signal })).blob()
}

/** From version `number` to version `to`, or to the text as it is now. */
export function diffVersion(
  api: ApiClient,
  id: NodeId,
  number: number,
  to: number | undefined,
  signal?: AbortSignal,
): Promise<VersionDiff> {
  const query = to === undefined ? '' : `?to=${to}`
  return api.getJson(`/nodes/${id}/versions/${number}/diff${query}`, signal)
}

export function restoreVersion(api: ApiClient, id: NodeId, number: number): Promise<void> {
  return api.sendJson('POST', `/nodes/${id}/versions/${number}/restore`, undefined)
}

function withCursor(path: string, cursor: string | undefined, limit = pageLimit): string {
  const query = new URLSearchParams({ limit: String(limit) })
  if (cursor !== undefined) query.set('cursor', cursor)
  return `${path}?${query}`
}

async function listAll<T>(api: ApiClient, path: string, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page: Page<T> = await api.getJson(withCursor(path, cursor, 200), signal)
    items.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return items
}
