import type { Changes, NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import { presentSyncNodes, type SyncViewer } from '../nodes/present-sync-nodes.ts'
import { listChanges } from './change-feed.ts'

export interface FeedPage {
  readonly after: number
  readonly limit: number
}

/**
 * A page of the change feed, of what somebody may see. What it stands for of their access is read before the rest, also
 * before whether they may be told anything: if that changes meanwhile, the next page tells. Throws `not_found` to who
 * has nothing in the space.
 */
export async function readChanges(
  viewer: SyncViewer,
  userId: UserId,
  spaceId: SpaceId,
  { after, limit }: FeedPage,
): Promise<Changes> {
  const { access, db } = viewer
  const accessEpoch = await access.readEpoch(userId, spaceId)
  const rootId = await access.requireInside(userId, spaceId)
  const found = await listChanges(db.kysely, spaceId, { after, limit: limit + 1 })
  const entries = found.slice(0, limit)
  const rows = entries.flatMap(({ row }) => row ?? [])
  const nodes = await presentSyncNodes(viewer, userId, rows)
  const folderOf = ({ folderId }: { readonly folderId: NodeId | null }) => folderId ?? rootId
  const lay = entries.flatMap((entry) => (entry.type === 'gone' ? [folderOf(entry)] : []))
  const readable = await access.listAccessIn(db.kysely, userId, [...new Set(lay)])
  const items = entries.flatMap((entry): Changes['items'] => {
    const { seq, row } = entry
    const node = row && nodes.get(row.id)
    if (entry.type === 'gone')
      return node || !readable.has(folderOf(entry)) ? [] : [{ type: 'gone', seq, id: entry.id }]
    const arrivedSeq = row?.arrived_rev ?? null
    const isArrival = arrivedSeq !== null && arrivedSeq > after
    return node ? [{ type: 'node', seq, node, isArrival, arrivedSeq }] : []
  })
  const nextCursor = String(entries.at(-1)?.seq ?? after)
  return { items, nextCursor, hasMore: found.length > limit, accessEpoch }
}
