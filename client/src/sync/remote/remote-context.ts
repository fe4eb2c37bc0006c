import type { Semaphore } from '../disk/semaphore.ts'
import type { Node, NodeId } from '@cloudsync/protocol'
import type { CloudSyncClient } from '../../sdk/index.ts'
import type { RemoteEntry } from '../model/entry.ts'
import type { LinkedPlace } from './remote-feed.ts'
import { entryOfNode, entryOfSyncNode } from './remote-entry.ts'
import type { ServerModes } from './server-modes.ts'
import type { ChunkLists, OpenLocalFile, UploadUrls } from './remote-stores.ts'

/** What the parts of `HttpRemote` share. */
export interface RemoteContext {
  readonly client: CloudSyncClient
  readonly place: LinkedPlace
  readonly knownEntry: (id: NodeId) => RemoteEntry | undefined
  readonly uploadUrls: UploadUrls
  readonly chunkLists: ChunkLists
  readonly openLocalFile: OpenLocalFile
  readonly modes: ServerModes
  /** For those who have the contents of many files in memory, up to `maxBatchBytes`. */
  readonly batches: Semaphore
}

const maxPages = 3

/**
 * Nodes as the feed tells them. Answers to changes do not say what a text is called that holds them, so the feed is
 * asked once for all, from where they stand in it.
 */
export async function describeNodes(
  { client, place }: RemoteContext,
  nodes: readonly Node[],
): Promise<ReadonlyMap<NodeId, RemoteEntry>> {
  const entries = new Map<NodeId, RemoteEntry>()
  const texts = new Map<NodeId, Node>()
  for (const node of nodes) {
    if (node.kind === 'text') texts.set(node.id, node)
    const entry = entryOfNode(node, node.sha256)
    if (entry) entries.set(node.id, entry)
  }
  let cursor = Math.min(...[...texts.values()].map(({ seq }) => seq)) - 1
  for (let pages = 0; texts.size > 0 && pages < maxPages; pages++) {
    const page = await client.changes.list(place.spaceId, cursor, { limit: 1000 })
    for (const item of page.items) {
      const entry = item.type === 'node' ? entryOfSyncNode(item.node) : undefined
      if (entry && texts.delete(entry.id)) entries.set(entry.id, entry)
    }
    if (!page.hasMore) break
    cursor = Number(page.nextCursor)
  }
  for (const node of texts.values()) {
    const entry = entryOfNode(node, await readTag(client, node.id))
    if (entry) entries.set(node.id, entry)
  }
  return entries
}

async function readTag(client: CloudSyncClient, id: NodeId): Promise<string> {
  const answer = await client.content.get(id)
  if ('body' in answer) await answer.body.cancel()
  return answer.etag
}

export async function describeNode(context: RemoteContext, node: Node): Promise<RemoteEntry> {
  const entry = (await describeNodes(context, [node])).get(node.id)
  if (!entry) throw new TypeError(`${node.id} lies in no folder`)
  return entry
}
