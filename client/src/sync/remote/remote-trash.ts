import { maxBulkOperations, type BulkOperation, type NodeId } from '@cloudsync/protocol'
import type { RemoteOutcome, TrashItem, TrashOutcome } from '../ports.ts'
import type { RemoteContext } from './remote-context.ts'
import { asOutcome, orRemoteError, outcomeOfProblem } from './remote-failures.ts'

/**
 * Puts nodes into the trash that are as the caller has seen them, folders with all that is in them. What somebody
 * brings into a folder between the look and its deletion keeps the folder, or brings it back on the server. Of more than a
 * thousand the ids of the batches follow each other, parted by commas.
 */
export async function trashItems(
  context: RemoteContext,
  items: readonly TrashItem[],
  operationId: string,
): Promise<TrashOutcome> {
  const outcomes = new Map<TrashItem, RemoteOutcome<void>>()
  const wanted: TrashItem[] = []
  for (const item of items) {
    const isSeen = await asOutcome(() => isAsSeen(context, item))
    if (isSeen.kind !== 'done') outcomes.set(item, isSeen)
    else if (!isSeen.value) outcomes.set(item, { kind: 'stale' })
    else wanted.push(item)
  }
  const batchIds: string[] = []
  for (let from = 0; from < wanted.length; from += maxBulkOperations) {
    const part = wanted.slice(from, from + maxBulkOperations)
    const operations = part.map((item): BulkOperation => ({
      type: 'trash',
      id: item.id,
      ifSeq: item.seq,
      ifSeqBelow: latestSeq(item),
    }))
    // The same items may be fewer the second time, and are another request then.
    const key = `${operationId}.${from / maxBulkOperations}.${part.length}`
    const { batchId, results } = await orRemoteError(() =>
      context.client.nodes.bulk(operations, { operationId: key }),
    )
    for (const [index, item] of part.entries()) {
      const result = results[index]
      if (result?.ok === true) outcomes.set(item, { kind: 'done', value: undefined })
      else outcomes.set(item, result ? outcomeOfProblem(result.problem) : { kind: 'stale' })
    }
    batchIds.push(batchId)
  }
  return {
    results: items.map((item) => outcomes.get(item) ?? { kind: 'stale' }),
    batchId: batchIds.length === 0 ? undefined : batchIds.join(','),
  }
}

/** Whether a folder holds nothing but what was seen in it, as it was seen. A file has nothing below it. */
async function isAsSeen(
  { client, place, knownEntry }: RemoteContext,
  { id, below }: TrashItem,
): Promise<boolean> {
  const kind = knownEntry(id)?.kind
  if (kind !== undefined && kind !== 'folder') return true
  // The answer to the same request may have been lost: there is nothing to look at in the trash.
  if ((await client.nodes.get(id)).trashedAt !== null) return true
  const seen = new Map<NodeId, number>(below.map((item) => [item.id, item.seq]))
  for await (const { items } of client.changes.snapshot(place.spaceId, { folderId: id }))
    for (const found of items) if (seen.get(found.id) !== found.seq) return false
  return true
}

/** Of all that was seen; the same each time that the same is asked for, by which the server knows the request again. */
function latestSeq({ seq, below }: TrashItem): number {
  return below.reduce((latest, item) => Math.max(latest, item.seq), seq)
}
