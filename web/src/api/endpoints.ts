import type { Changes, Member, Node, NodeId, Page, Space, SpaceId } from '@cloudsync/protocol'
import type { ApiClient } from './api-client.ts'

/** The most that a listing gives at once. */
const pageLimit = 1000
/** More than fit on a screen, and little to wait for. */
const firstPageLimit = 100

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
  const limit = options.cursor === undefined ? firstPageLimit : pageLimit
  const path = withCursor(`/nodes/${parentId}/children`, options.cursor, limit)
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

/** What has changed in a space after the number `cursor`; `latest` tells the number by now, and no more. */
export function listChanges(
  api: ApiClient,
  spaceId: SpaceId,
  cursor: number | 'latest',
  signal?: AbortSignal,
): Promise<Changes> {
  return api.getJson(`/spaces/${spaceId}/changes?cursor=${cursor}&limit=${pageLimit}`, signal)
}

/** A page of a list is asked for by where it begins. */
export function withCursor(path: string, cursor: string | undefined, limit = pageLimit): string {
  const query = new URLSearchParams({ limit: String(limit) })
  if (cursor !== undefined) query.set('cursor', cursor)
  return `${path}?${query}`
}

/** All pages of a list that is never long. */
export async function listAll<T>(api: ApiClient, path: string, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page: Page<T> = await api.getJson(withCursor(path, cursor, 200), signal)
    items.push(...page.items)
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return items
}
