import type { NodeId, SpaceId, UserId } from '@cloudsync/protocol'
import type { NodeAccess } from './access.ts'
import type { ReadAccess } from './access-reader.ts'
import type { ReadMoment, ReadMoments } from './read-moments.ts'

interface NodeEntry {
  readonly access: NodeAccess
  readonly read: ReadMoment
  readonly validUntilMs: number
}

interface EpochEntry {
  readonly epoch: string
  readonly read: ReadMoment
}

/**
 * Remembers for a moment what users may do with nodes. Only what was found is remembered, never that there
 * was nothing, nor that a node lies in the trash: what was granted or restored by another process counts at
 * once. The access epochs of members are remembered beside.
 */
export class AccessCache {
  readonly #moments: ReadMoments
  readonly #maxEntries: number
  readonly #nodes = new Map<string, NodeEntry>()
  readonly #epochs = new Map<string, EpochEntry>()

  constructor(moments: ReadMoments, maxEntries: number) {
    this.#moments = moments
    this.#maxEntries = maxEntries
  }

  find(userId: UserId, nodeId: NodeId): NodeAccess | undefined {
    const entry = this.#nodes.get(userId + nodeId)
    if (!entry) return undefined
    const { access, read, validUntilMs } = entry
    return this.#moments.isFresh(read, access.spaceId, validUntilMs) ? access : undefined
  }

  remember(userId: UserId, found: Iterable<ReadAccess>, read: ReadMoment): void {
    for (const { access, validUntilMs } of found) {
      if (access.isTrashed) continue
      this.#keep(this.#nodes, userId + access.nodeId, { access, read, validUntilMs })
    }
  }

  findEpoch(userId: UserId, spaceId: SpaceId): string | undefined {
    const entry = this.#epochs.get(userId + spaceId)
    return entry && this.#moments.isFresh(entry.read, spaceId) ? entry.epoch : undefined
  }

  rememberEpoch(userId: UserId, spaceId: SpaceId, epoch: string, read: ReadMoment): void {
    this.#keep(this.#epochs, userId + spaceId, { epoch, read })
  }

  /** What is remembered of a space counts no more; without one, nothing does. */
  forget(spaceId: SpaceId | undefined): void {
    if (!this.#moments.forget(spaceId)) return
    this.#nodes.clear()
    this.#epochs.clear()
  }

  /** The oldest goes: a map keeps the order in which it was filled. */
  #keep<E>(entries: Map<string, E>, key: string, entry: E): void {
    entries.delete(key)
    if (entries.size >= this.#maxEntries) {
      const oldest = entries.keys().next()
      if (!oldest.done) entries.delete(oldest.value)
    }
    entries.set(key, entry)
  }
}
