import type { NodeId } from '@cloudsync/protocol'
import type { Trees } from '../model/entry.ts'
import type { Operation } from '../model/operation.ts'

/** What a step must have for itself, and what may only not change under it. */
export interface StepLocks {
  readonly exclusive: ReadonlySet<string>
  readonly shared: ReadonlySet<string>
}

/**
 * Two steps may be carried out at once unless one needs for itself what the other needs at all. Of each step: its node,
 * and that nothing above it moves or goes; of one that changes which names a folder has: the names of that folder.
 */
export class LocksOfSteps {
  readonly #trees: Trees
  readonly #rootId: NodeId
  /** Of thousands of files in a folder all need the same of what is above them. */
  readonly #inFolders = new Map<NodeId, ReadonlySet<string>>()

  /** The trees may not change as long as it is asked. */
  constructor(trees: Trees, rootId: NodeId) {
    this.#trees = trees
    this.#rootId = rootId
  }

  of(operation: Operation): StepLocks {
    const own = node(operation.id)
    const parents = parentsOf(operation, this.#trees)
    const [parentId] = parents
    if (parentId !== undefined && parents.size === 1 && !isStructural(operation)) {
      const shared = this.#inFolder(parentId)
      if (!shared.has(own)) return { exclusive: new Set([own]), shared }
    }
    const exclusive = new Set([own])
    const shared = new Set<string>()
    if (operation.kind === 'adopt') exclusive.add(node(operation.as))
    const namesLocks = changesNames(operation) ? exclusive : shared
    for (const parentId of parents) {
      namesLocks.add(names(parentId))
      this.#addAbove(shared, parentId)
    }
    for (const key of exclusive) shared.delete(key)
    return { exclusive, shared }
  }

  #inFolder(id: NodeId): ReadonlySet<string> {
    const known = this.#inFolders.get(id)
    if (known) return known
    const shared = new Set([names(id)])
    this.#addAbove(shared, id)
    this.#inFolders.set(id, shared)
    return shared
  }

  #addAbove(shared: Set<string>, parentId: NodeId): void {
    for (const tree of [this.#trees.local, this.#trees.remote])
      for (
        let at: NodeId | undefined = parentId, depth = 0;
        at !== undefined && depth < 1000;
        depth++
      ) {
        if (at !== this.#rootId) shared.add(node(at))
        at = tree.get(at)?.parentId
      }
  }
}

/** Whether it changes which nodes are where; what comes after it in a plan may build on that. */
export function isStructural({ kind }: Operation): boolean {
  return !(
    kind === 'upload-new' ||
    kind === 'upload-change' ||
    kind === 'merge-text' ||
    kind === 'download' ||
    kind === 'mode-remote' ||
    kind === 'mode-local' ||
    kind === 'settle' ||
    kind === 'forget'
  )
}

export function isBookkeeping({ kind }: Operation): boolean {
  return kind === 'settle' || kind === 'forget' || kind === 'adopt' || kind === 'renew'
}

function changesNames(operation: Operation): boolean {
  return (
    isStructural(operation) &&
    operation.kind !== 'create-remote-folder' &&
    operation.kind !== 'create-local-folder'
  )
}

function parentsOf(operation: Operation, trees: Trees): Set<NodeId> {
  const parents = new Set<NodeId>()
  if ('parentId' in operation) parents.add(operation.parentId)
  if ('seen' in operation) parents.add(operation.seen.parentId)
  for (const tree of [trees.local, trees.remote, trees.synced]) {
    const parentId = tree.get(operation.id)?.parentId
    if (parentId !== undefined) parents.add(parentId)
  }
  return parents
}

function names(id: NodeId): string {
  return `names ${id}`
}

function node(id: NodeId): string {
  return `node ${id}`
}
