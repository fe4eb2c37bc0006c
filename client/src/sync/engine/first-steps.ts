import type { Operation } from '../model/operation.ts'
import type { Step } from './plan-run.ts'
import type { StepContext } from './step-context.ts'
import { LocksOfSteps } from './step-locks.ts'

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
  const locks = new LocksOfSteps(store.trees, rootId)
  let toTake = 0
  for (const operation of operations) {
    if (toTake === take.count) break
    const isHeldBack = take.isHeldBack(operation)
    if (!isHeldBack) toTake++
    steps.push({ operation, locks: locks.of(operation), isHeldBack })
  }
  return steps
}
