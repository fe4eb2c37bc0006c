import type { NodeId, UserId } from '@cloudsync/protocol'
import type { Access, AccessNotifier } from '#features/access/index.ts'
import type { FolderDocuments, FolderSession } from '#features/live/index.ts'
import type { Clock } from '#platform/clock.ts'
import { NodeWriter } from '../nodes/node-writer.ts'
import { findOutcome, keepOutcome, type IdempotentRequest } from '#platform/http/idempotency.ts'
import { unlessCollected } from '../versions/unless-collected.ts'
import { TreeWriter } from './tree-writer.ts'

export interface TreeParts {
  readonly folders: FolderDocuments
  readonly clock: Clock
  readonly access: Access & AccessNotifier
}

export interface TreeChange {
  /** The folders whose children change. */
  readonly folderIds: readonly NodeId[]
  readonly actorId: UserId
  /** Set: a request that comes again does nothing and gives what it gave. */
  readonly request?: IdempotentRequest | undefined
  /** Whether children are only made in the folders: these are locked with their documents then. */
  readonly onlyMakes?: boolean
}

/**
 * Changes the tree in one transaction: folder documents, rows, events and the place in the change feed,
 * all or nothing. `work` may run again from its start, so it changes nothing else. What it gives is kept
 * with the idempotency key, so it has to survive JSON; where nothing was changed there is nothing to keep.
 */
export async function changeTree<Outcome extends object>(
  { folders, clock, access }: TreeParts,
  { folderIds, actorId, request, onlyMakes = false }: TreeChange,
  work: (tree: TreeWriter) => Promise<Outcome>,
): Promise<Outcome> {
  let outcome!: Outcome
  const change = async (session: FolderSession) => {
    const kept = request && (await findOutcome<Outcome>(session.tx, actorId, request))
    if (kept) {
      outcome = kept
      return
    }
    const nodes = new NodeWriter(session.tx, clock)
    outcome = await work(new TreeWriter(session, nodes, { actorId, access }))
    if (request && !nodes.feed.isEmpty)
      await keepOutcome(session.tx, actorId, request, { outcome, at: clock.now() })
    await session.append()
    await nodes.finish()
  }
  await unlessCollected(() => folders.change(folderIds, actorId, change, { keepsNodes: onlyMakes }))
  return outcome
}
