import type { NodeId } from '@cloudsync/protocol'
import { diskNameOf, type LocalEntry } from '../model/entry.ts'
import type { DiskPath } from '../ports.ts'
import { goneHoldMs, hiddenHoldMs, isGoneForLong } from './gone-hold.ts'
import type { KnownNodes } from './known-nodes.ts'
import type { MatchedFiles } from './match-files.ts'
import type { ScanInput } from './scan.ts'
import type { Walk } from './walk.ts'

interface Looked {
  readonly input: ScanInput
  readonly nodes: KnownNodes
  readonly walk: Walk
  readonly dropped: ReadonlySet<NodeId>
  readonly unread: MatchedFiles['again']
}

interface Missing {
  readonly removed: readonly NodeId[]
  readonly gone: ReadonlyMap<NodeId, number>
  /** Where to look again for those that are gone. */
  readonly folders: readonly DiskPath[]
  /** Another node is where a missing one was. */
  readonly isAnyDisplaced: boolean
}

/** Which known nodes are in no folder that was looked at. */
export function findMissing(looked: Looked): Missing {
  const { input, nodes, walk, dropped } = looked
  const { found } = walk
  let isAnyDisplaced = false
  let taken: ReadonlySet<string> | undefined
  const pinned = withAncestors(looked)
  const removed: NodeId[] = []
  const gone = new Map<NodeId, number>()
  const nowMs = input.now()
  const holdMs = walk.hidesFolders ? hiddenHoldMs : goneHoldMs
  const folders: DiskPath[] = []
  const isHere = (id: NodeId): boolean => found.has(id) || walk.kept.has(id)

  for (const [id, sinceMs] of input.gone) {
    const entry = nodes.get(id)
    const isLookedFor = entry && (walk.visited.has(entry.parentId) || isHere(id))
    if (entry && !isLookedFor) gone.set(id, Math.min(sinceMs, nowMs))
  }
  for (const folder of walk.visited) {
    for (const entry of nodes.childrenOf(folder)) {
      if (isHere(entry.id)) continue
      taken ??= new Set([...found.values()].map(placeOf))
      const isDisplaced = taken.has(placeOf(entry))
      if (isDisplaced && !dropped.has(entry.id)) isAnyDisplaced = true
      // What moved to where nobody has looked is not gone; hints come late, and some never.
      const isSought = input.folders === undefined
      const isGone = isSought && isGoneForLong(input, entry.id, holdMs) && !pinned.has(entry.id)
      if (isDisplaced || (isGone && !mayBeUnread(looked, entry))) {
        removed.push(...withAllBelow(entry, nodes, isHere))
      } else {
        gone.set(entry.id, Math.min(input.gone.get(entry.id) ?? nowMs, nowMs))
        const path = walk.pathOf(entry)
        if (path && !pinned.has(entry.id)) folders.push(path.slice(0, -1))
      }
    }
  }
  return { removed, gone, folders, isAnyDisplaced }
}

function placeOf(entry: LocalEntry): string {
  return `${entry.parentId}/${diskNameOf(entry)}`
}

/** Nodes that stay although their folder is missing hold it in the tree. */
function withAncestors({ input, nodes, walk }: Looked): ReadonlySet<NodeId> {
  const pinned = new Set<NodeId>()
  for (const id of walk.kept) {
    if (walk.found.has(id)) continue
    let at = nodes.get(id)
    while (at && at.parentId !== input.rootId && !pinned.has(at.id)) {
      pinned.add(at.id)
      at = nodes.get(at.parentId)
    }
    if (at) pinned.add(at.id)
  }
  return pinned
}

/** Whether it, or what was in it, may be one of the files of which it is not known yet what is in them. */
function mayBeUnread(looked: Looked, entry: LocalEntry, topId = entry.id): boolean {
  const { input, nodes, unread } = looked
  if (unread.unreadSizes.size === 0 && !unread.mayBeTexts) return false
  if (entry.kind !== 'file')
    return nodes.childrenOf(entry.id).some((child) => mayBeUnread(looked, child, topId))
  if (unread.unreadSizes.has(entry.fingerprint?.sizeBytes ?? -1)) return true
  // A program that writes on and on keeps nothing that was deleted for ever.
  const isHeld = unread.mayBeTexts && !isGoneForLong(input, topId, hiddenHoldMs)
  return isHeld && input.textOf?.(entry.id) !== undefined
}

function withAllBelow(
  entry: LocalEntry,
  nodes: KnownNodes,
  isHere: (id: NodeId) => boolean,
): NodeId[] {
  const ids: NodeId[] = []
  const rest = [entry]
  for (let at = rest.pop(); at; at = rest.pop()) {
    ids.push(at.id)
    rest.push(...nodes.childrenOf(at.id).filter(({ id }) => !isHere(id)))
  }
  return ids
}
