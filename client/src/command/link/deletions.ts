import type { CloudSyncClient, TrashItem } from '../../sdk/index.ts'
import { defaultLimits } from '../../sync/engine/engine-options.ts'

/** What was deleted at once, as a person sees it. */
export interface Deletion<Item = TrashItem> {
  /** The batches of the server in which it came; the latest first. */
  readonly ids: readonly string[]
  /** Of the first batch, in milliseconds since 1970. */
  readonly atMs: number
  readonly items: readonly Item[]
}

/** A batch that is full is gone on with right after it. */
const nextBatchMs = 10_000

/** The latest first. */
export async function listDeletions(
  client: CloudSyncClient,
  spaceId: Parameters<CloudSyncClient['trash']['list']>[0],
): Promise<readonly Deletion[]> {
  const batches = new Map<string, TrashItem[]>()
  for await (const item of client.trash.list(spaceId)) {
    if (item.batchId === '') continue
    const items = batches.get(item.batchId)
    if (items) items.push(item)
    else batches.set(item.batchId, [item])
  }
  return joinBatches([...batches].map(([id, items]) => ({ ids: [id], atMs: lastOf(items), items })))
}

/** One deletion of very many comes in several batches, of which all but the last are full. */
export function joinBatches<Item extends Pick<TrashItem, 'trashedBy'>>(
  batches: readonly Deletion<Item>[],
  fullBatch = defaultLimits.trashBatch,
): readonly Deletion<Item>[] {
  const all: Deletion<Item>[] = []
  for (const batch of batches.toSorted((one, other) => other.atMs - one.atMs)) {
    const later = all.at(-1)
    const isBegun = later && batch.items.length >= fullBatch && isOfOne(batch, later)
    if (!isBegun) all.push(batch)
    else
      all[all.length - 1] = {
        ids: [...later.ids, ...batch.ids],
        atMs: batch.atMs,
        items: [...later.items, ...batch.items],
      }
  }
  return all
}

type Trashed = Deletion<Pick<TrashItem, 'trashedBy'>>

function isOfOne(batch: Trashed, later: Trashed): boolean {
  const who = ({ items }: Trashed) => items[0]?.trashedBy?.id
  return later.atMs - batch.atMs <= nextBatchMs && who(batch) === who(later)
}

function lastOf(items: readonly TrashItem[]): number {
  return items.reduce((last, { node }) => {
    const atMs = Date.parse(node.trashedAt ?? '')
    return atMs > last ? atMs : last
  }, 0)
}
