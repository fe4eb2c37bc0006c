import type {
  Changes,
  Conflict,
  Member,
  Node,
  NodeId,
  Page,
  Role,
  Space,
  SpaceId,
  TrashItem,
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

export function patchSpace(
  api: ApiClient,
  id: SpaceId,
  patch: Partial<Pick<Space, 'name' | 'conflictPolicy' | 'trashDays'>>,
): Promise<Space> {
  return api.sendJson('PATCH', `/spaces/${id}`, patch)
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

/** One page of a folder's children, or of its folders, in the server's order. */
export function listChildren(
  api: ApiClient,
  parentId: NodeId,
  options: { cursor: string | undefined; kind?: 'folder' | undefined },
  signal?: AbortSignal,
): Promise<Page<Node>> {
  const path = withCursor(`/nodes/${parentId}/children`, options.cursor)
  return api.getJson(options.kind === undefined ? path : `${path}&kind=${options.kind}`, signal)
}

/** The folders that a node lies in, from the root of its space down. */
export async function listAncestors(
  api: ApiClient,
  id: NodeId,
  signal?: AbortSignal,
): Promise<readonly Node[]> {
  return (await api.getJson<{ items: readonly Node[] }>(`/nodes/${id}/ancestors`, signal)).items
}

/** What lies at a path of names from the root of a space down. */
export function findByPath(
  api: ApiClient,
  spaceId: SpaceId,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Node> {
  const query = new URLSearchParams({ path: names.join('/') })
  return api.getJson(`/spaces/${spaceId}/path?${query}`, signal)
}

export function createNode(
  api: ApiClient,
  node: Pick<Node, 'id' | 'name' | 'kind'> & { parentId: NodeId; ifTaken?: 'fail' | 'rename' },
): Promise<Node> {
  return api.mutate('POST', '/nodes', node)
}

export function patchNode(
  api: ApiClient,
  id: NodeId,
  patch: { name: string; seen: { name: string } },
): Promise<Node> {
  return api.mutate('PATCH', `/nodes/${id}`, patch)
}

export function restoreNode(api: ApiClient, id: NodeId): Promise<Node> {
  return api.mutate('POST', `/nodes/${id}/restore`)
}

/** Brings back all that one request had put to the trash. */
export async function undoTrashBatch(api: ApiClient, batchId: string): Promise<readonly Node[]> {
  const { items } = await api.mutate<{ items: readonly Node[] }>(
    'POST',
    `/trash/batches/${batchId}/undo`,
  )
  return items
}

/** What lies in the trash of a space, the latest first. */
export function listTrash(
  api: ApiClient,
  spaceId: SpaceId,
  cursor: string | undefined,
  signal?: AbortSignal,
): Promise<Page<TrashItem>> {
  return api.getJson(`${withCursor('/trash', cursor, 200)}&spaceId=${spaceId}`, signal)
}

/** Deletes one thing in the trash for good. */
export function purgeNode(api: ApiClient, id: NodeId): Promise<void> {
  return api.mutate('DELETE', `/trash/${id}`)
}

export function emptyTrash(api: ApiClient, spaceId: SpaceId): Promise<void> {
  return api.mutate('DELETE', `/trash?spaceId=${spaceId}`)
}

/** Collisions of a node that wait for a person. */
export function listConflicts(
  api: ApiClient,
  nodeId: NodeId,
  signal?: AbortSignal,
): Promise<Page<Conflict>> {
  return api.getJson(`/conflicts?nodeId=${nodeId}&limit=100`, signal)
}

export function resolveConflict(
  api: ApiClient,
  id: string,
  choice: 'mine' | 'theirs' | 'both',
): Promise<void> {
  return api.mutate('POST', `/conflicts/${id}/resolve`, { choice })
}

/** What has changed in a space after the number `cursor`. */
export function listChanges(
  api: ApiClient,
  spaceId: SpaceId,
  cursor: number,
  signal?: AbortSignal,
): Promise<Changes> {
  return api.getJson(`/spaces/${spaceId}/changes?cursor=${cursor}&limit=${pageLimit}`, signal)
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
