import type { NodeId } from '@cloudsync/protocol'
import type { Entry } from '../model/entry.ts'
import type { NameRules, PlanOptions } from '../model/plan.ts'
import type { DiskPath } from '../ports.ts'
import type { UnknownPlace } from '../scan/scan.ts'
import { diskPathOf, type StepContext } from './step-context.ts'
import { pathOf } from './tree-paths.ts'

/** What of the linked folder is kept on this disk. */
export interface SelectionRules {
  /** Not wanted on this disk. */
  readonly isUnselected: (path: DiskPath) => boolean
  /** Everything is kept. */
  readonly isAll?: () => boolean
}

export interface PlanSettings {
  readonly nameRules?: NameRules
  readonly selection?: SelectionRules
  readonly holdsLinks?: boolean
}

export function planOptionsOf(
  context: Pick<StepContext, 'store' | 'rootId' | 'linkId'>,
  { nameRules, selection, holdsLinks = true }: PlanSettings,
  unknown: readonly UnknownPlace[],
): PlanOptions {
  const { store, rootId, linkId } = context
  return {
    rootId,
    deviceTag: linkId,
    restorable: new Set(store.trashed.keys()),
    approvedDeletions: store.approvedDeletions,
    differing: store.differing,
    unreadable: idsOf(context, unknown),
    canEditRoot: store.canEditRoot,
    holdsLinks,
    ...(nameRules ? { nameRules } : {}),
    ...(selection && selection.isAll?.() !== true ? selectionOf(context, selection) : {}),
  }
}

function idsOf(
  context: Pick<StepContext, 'store' | 'rootId'>,
  unknown: readonly UnknownPlace[],
): Set<NodeId> {
  const ids = new Set<NodeId>()
  if (unknown.length === 0) return ids
  const paths = new Set(unknown.map(({ path }) => path.join('/')))
  if (paths.has('')) ids.add(context.rootId)
  for (const { id } of context.store.trees.local.values())
    if (paths.has(diskPathOf(context, id)?.join('/') ?? '')) ids.add(id)
  return ids
}

function selectionOf(
  { store, rootId }: Pick<StepContext, 'store' | 'rootId'>,
  rules: SelectionRules,
): Pick<PlanOptions, 'unselected'> {
  const unselected = new Set<NodeId>()
  const { local, remote, synced } = store.trees
  for (const tree of [local, remote, synced] as const)
    for (const entry of (tree as ReadonlyMap<NodeId, Entry>).values()) {
      if (unselected.has(entry.id)) continue
      const path = pathOf<Entry>(tree, rootId, entry.id)
      if (path && rules.isUnselected(path)) unselected.add(entry.id)
    }
  return { unselected }
}
