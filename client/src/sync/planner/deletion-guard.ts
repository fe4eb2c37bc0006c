import type { NodeId } from '@cloudsync/protocol'
import type { Entry, Tree, Trees } from '../model/entry.ts'
import type { HeldDeletions, PlanOptions } from '../model/plan.ts'

const maxFiles = 100
const maxShare = 0.2
const sampleSize = 10

export interface GuardedDeletions {
  readonly allowed: ReadonlySet<NodeId>
  readonly held: HeldDeletions | undefined
}

/**
 * Lets deletions through as long as they are few, together with those of a moment ago, or a person has agreed to them:
 * one deletion of very many comes in parts, as it is noticed or told.
 */
export function guardDeletions(
  side: 'remote' | 'local',
  trees: Trees,
  drops: ReadonlySet<NodeId>,
  { approvedDeletions: approved, recentDeletions }: PlanOptions,
): GuardedDeletions {
  const tree: Tree<Entry> = trees[side]
  const isApproved = approvalIn(tree, approved ?? new Set())
  const open = [...drops].filter((id) => !isApproved(id))
  const isFile = (id: NodeId) => tree.get(id)?.kind !== 'folder'
  const files = open.filter(isFile).length
  const recent = recentDeletions?.[side].difference(drops) ?? new Set()
  const filesLately = files + recent.size
  if (files === 0 || filesLately <= maxFiles) return { allowed: drops, held: undefined }
  let filesInAll = 0
  for (const { id, kind } of trees.synced.values())
    if (kind !== 'folder' && !recent.has(id)) filesInAll++
  filesInAll += recent.size
  if (filesLately <= maxShare * filesInAll) return { allowed: drops, held: undefined }
  const isOpen = new Set(open)
  const ids = open.filter((id) => !isOpen.has(tree.get(id)?.parentId ?? id))
  return {
    allowed: new Set([...drops].filter((id) => !isOpen.has(id))),
    held: {
      side,
      files,
      folders: open.length - files,
      filesInAll,
      ids,
      sample: ids.slice(0, sampleSize).map((id) => pathOf(tree, id)),
    },
  }
}

/** Whether a node, or a folder that it lies in, was agreed to. */
export function approvalIn(
  tree: Tree<Entry>,
  approved: ReadonlySet<NodeId>,
): (id: NodeId) => boolean {
  if (approved.size === 0) return () => false
  return (id) => {
    const seen = new Set<NodeId>()
    for (let at: NodeId | undefined = id; at !== undefined && !seen.has(at);) {
      if (approved.has(at)) return true
      seen.add(at)
      at = tree.get(at)?.parentId
    }
    return false
  }
}

function pathOf(tree: Tree<Entry>, id: NodeId): string {
  const names: string[] = []
  for (let entry = tree.get(id); entry; entry = tree.get(entry.parentId)) names.unshift(entry.name)
  return names.join('/')
}
