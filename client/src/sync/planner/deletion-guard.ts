import type { NodeId } from '@cloudsync/protocol'
import type { Entry, Tree, Trees } from '../model/entry.ts'
import type { HeldDeletions } from '../model/plan.ts'

const maxFiles = 100
const maxShare = 0.2
const sampleSize = 10

export interface GuardedDeletions {
  readonly allowed: ReadonlySet<NodeId>
  readonly held: HeldDeletions | undefined
}

/** Lets deletions through as long as they are few, or a person has agreed to them. */
export function guardDeletions(
  side: 'remote' | 'local',
  tree: Tree<Entry>,
  trees: Trees,
  drops: ReadonlySet<NodeId>,
  approved: ReadonlySet<NodeId>,
): GuardedDeletions {
  const isApproved = approvalIn(tree, approved)
  const open = [...drops].filter((id) => !isApproved(id))
  const files = open.filter((id) => tree.get(id)?.kind !== 'folder').length
  if (files <= maxFiles) return { allowed: drops, held: undefined }
  let filesInAll = 0
  for (const { kind } of trees.synced.values()) if (kind !== 'folder') filesInAll++
  if (files <= maxShare * filesInAll) return { allowed: drops, held: undefined }
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
function approvalIn(tree: Tree<Entry>, approved: ReadonlySet<NodeId>): (id: NodeId) => boolean {
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
