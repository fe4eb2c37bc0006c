import type {
  Conflict,
  Node,
  NodeId,
  Page,
  SpaceId,
  TrashItem,
  Version,
  VersionDiff,
} from '@cloudsync/protocol'
import type { ApiClient } from './api-client.ts'
import { withCursor } from './endpoints.ts'

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
