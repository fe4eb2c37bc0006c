import type { NodeId } from '@cloudsync/protocol'
import type { Entry } from '../../sync/model/entry.ts'
import type { Operation } from '../../sync/model/operation.ts'
import type { Plan, WaitReason } from '../../sync/model/plan.ts'
import type { SyncStore } from '../../sync/store/sync-store.ts'
import type { Link } from '../settings/links.ts'
import type { PlanReport } from './link-methods.ts'
import { presentHeld } from './link-status.ts'

const shownSteps = 1000

/** Where a node lies, as people read it, by whichever tree has it. */
function shownPathOf(store: SyncStore, { folderId }: Link, id: NodeId): string {
  const { local, remote, synced } = store.trees
  const names: string[] = []
  for (let at = id; at !== folderId && names.length < 1000;) {
    const entry: Entry | undefined = local.get(at) ?? remote.get(at) ?? synced.get(at)
    if (!entry) break
    names.push(entry.name)
    at = entry.parentId
  }
  return names.toReversed().join('/')
}

export function presentPlan(store: SyncStore, link: Link, plan: Plan): PlanReport {
  const pathOf = (id: NodeId) => shownPathOf(store, link, id)
  const visible = plan.operations.filter(isSeen)
  return {
    steps: visible.slice(0, shownSteps).map((operation) => {
      const target = 'parentId' in operation ? pathOf(operation.parentId) : undefined
      const path =
        'name' in operation && target !== undefined
          ? [target, operation.name].filter((part) => part !== '').join('/')
          : pathOf(operation.id)
      return {
        operation: operation.kind,
        path,
        ...('seen' in operation && {
          from: [pathOf(operation.seen.parentId), operation.seen.name]
            .filter((part) => part !== '')
            .join('/'),
        }),
      }
    }),
    stepCount: visible.length,
    held: plan.held.map(presentHeld),
    waiting: [...plan.waiting]
      .filter(([, reason]) => isTelling(reason))
      .slice(0, shownSteps)
      .map(([id, reason]) => ({ path: pathOf(id), reason })),
  }
}

/** Bookkeeping changes nothing that anybody sees. */
function isSeen({ kind }: Operation): boolean {
  return kind !== 'settle' && kind !== 'forget' && kind !== 'adopt' && kind !== 'renew'
}

function isTelling(reason: WaitReason): boolean {
  return reason !== 'next-plan' && reason !== 'ignored' && reason !== 'unselected'
}
