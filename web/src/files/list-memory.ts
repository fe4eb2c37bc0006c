import type { NodeId } from '@cloudsync/protocol'

/** Where somebody was in a folder when they left it. */
export interface ListPlace {
  readonly focus: NodeId | undefined
  readonly scrollTop: number
}

const maxFolders = 200
const places = new Map<NodeId, ListPlace>()

/** Coming back to a folder, one is where one was. For as long as the page lives. */
export function rememberPlace(folderId: NodeId, place: Partial<ListPlace>): void {
  const before = places.get(folderId) ?? { focus: undefined, scrollTop: 0 }
  places.delete(folderId)
  places.set(folderId, { ...before, ...place })
  const [oldest] = places.keys()
  if (places.size > maxFolders && oldest !== undefined) places.delete(oldest)
}

export function recallPlace(folderId: NodeId): ListPlace | undefined {
  return places.get(folderId)
}
