import type { Operation } from '../model/operation.ts'
import type { Step } from './plan-run.ts'
import type { StepContext } from './step-context.ts'
import { locksOf } from './step-locks.ts'

/** No step builds on one that comes after it, so that the rest of a long plan can be left to the next. */
export function firstSteps(
  { store, rootId }: StepContext,
  operations: readonly Operation[],
  take: {
    /** Those that are held back not counted. */
    readonly count: number
    readonly isHeldBack: (operation: Operation) => boolean
  },
): Step[] {
  const steps: Step[] = []
  let toTake = 0
  for (const operation of operations) {
    if (toTake === take.count) break
    const isHeldBack = take.isHeldBack(operation)
    if (!isHeldBack) toTake++
    steps.push({ operation, locks: locksOf(operation, store.trees, rootId), isHeldBack })
  }
  return steps
}
