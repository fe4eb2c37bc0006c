import type { NodeId } from '@cloudsync/protocol'
import type { Trees } from '../model/entry.ts'
import type { Operation } from '../model/operation.ts'
import type { Plan, WaitReason } from '../model/plan.ts'

/** Why a node is as it is. */
export type Explanation =
  | { readonly kind: 'not-known' }
  | { readonly kind: 'in-sync' }
  /** Is about to be carried out. `waitsFor`: what holds the rest of it. */
  | {
      readonly kind: 'planned'
      readonly operations: readonly Operation[]
      readonly waitsFor: WaitReason | undefined
    }
  | { readonly kind: 'waiting'; readonly reason: WaitReason }

/** Why a node is not the same on both sides, by the plan that was made of these trees. */
export function explain(id: NodeId, trees: Trees, plan: Plan): Explanation {
  if (!trees.remote.has(id) && !trees.local.has(id) && !trees.synced.has(id))
    return { kind: 'not-known' }
  const operations = plan.operations.filter((operation) => concerns(operation, id))
  const reason = plan.waiting.get(id)
  if (operations.length > 0) return { kind: 'planned', operations, waitsFor: reason }
  return reason === undefined ? { kind: 'in-sync' } : { kind: 'waiting', reason }
}

function concerns(operation: Operation, id: NodeId): boolean {
  if (operation.id === id) return true
  switch (operation.kind) {
    case 'adopt':
      return operation.as === id
    case 'trash-remote':
      return operation.below.some((each) => each.id === id)
    case 'trash-local':
    case 'dehydrate':
      return operation.below.includes(id)
    default:
      return false
  }
}
