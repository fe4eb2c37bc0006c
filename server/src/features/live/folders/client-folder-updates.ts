import type { ChildChange, FolderDelta } from '@cloudsync/crdt'
import type { NodeId, UserId } from '@cloudsync/protocol'
import type { FolderProjector } from './folder-documents.ts'
import type { FolderTransactions } from './folder-transactions.ts'

export interface ClientUpdate {
  readonly folderId: NodeId
  readonly actorId: UserId
  /** Scanned, and a copy of its own. */
  readonly payload: Uint8Array
  /** Of the transaction in which people here get it. */
  readonly origin: unknown
}

/**
 * Updates that clients send into folder documents: judged, repaired and projected in the transaction
 * that logs them, before anybody else sees them.
 */
export class ClientFolderUpdates {
  readonly #transactions: FolderTransactions
  readonly #projector: FolderProjector

  constructor(transactions: FolderTransactions, projector: FolderProjector) {
    this.#transactions = transactions
    this.#projector = projector
  }

  /** Gives the number of repairs that it needed. Rejects when it is not, or may not be, written. */
  async take({ folderId, actorId, payload, origin }: ClientUpdate): Promise<number> {
    let repairCount = 0
    await this.#transactions.change([folderId], actorId, async (session) => {
      const delta = session.apply(folderId, payload, origin)
      const { folder } = session.shadowOf(folderId)
      const update = { session, folderId, actorId, folder }
      const repairs = await this.#projector.judge({ ...update, delta })
      repairCount = repairs.length
      const changes =
        repairs.length === 0 ? delta.changes : netChanges(delta, session.repair(folderId, repairs))
      await this.#projector.project(update, changes)
    })
    return repairCount
  }
}

/** What two deltas in a row did together. */
function netChanges(first: FolderDelta, second: FolderDelta): ChildChange[] {
  const net = new Map<string, ChildChange>()
  for (const change of [...first.changes, ...second.changes])
    net.set(change.id, { ...change, before: (net.get(change.id) ?? change).before })
  return [...net.values()].filter(
    ({ before, after }) => before?.name !== after?.name || before?.kind !== after?.kind,
  )
}
