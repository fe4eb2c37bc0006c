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
export function locksOf(operation: Operation, trees: Trees, rootId: NodeId): StepLocks {
  const exclusive = new Set([node(operation.id)])
  const shared = new Set<string>()
  if (operation.kind === 'adopt') exclusive.add(node(operation.as))
  const parents = parentsOf(operation, trees)
  const namesLocks = changesNames(operation) ? exclusive : shared
  for (const parentId of parents) {
    namesLocks.add(`names ${parentId}`)
    for (const tree of [trees.local, trees.remote])
      for (
        let at: NodeId | undefined = parentId, depth = 0;
        at !== undefined && depth < 1000;
        depth++
      ) {
        if (at !== rootId) shared.add(node(at))
        at = tree.get(at)?.parentId
      }
  }
  for (const key of exclusive) shared.delete(key)
  return { exclusive, shared }
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

function node(id: NodeId): string {
  return `node ${id}`
}
