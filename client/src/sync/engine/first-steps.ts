import type { Operation } from '../model/operation.ts'
import type { Step } from './plan-run.ts'
import type { StepContext } from './step-context.ts'
import { isStructural, LocksOfSteps, type StepLocks } from './step-locks.ts'

export interface FirstSteps {
  readonly steps: readonly Step[]
  /** How many operations were not looked at. */
  readonly left: number
}

/**
 * No step builds on one that comes after it, so that the rest of a long plan can be left to the next. What is held back is
 * left out, and what builds on that: of a folder that cannot be made, what is in it would be all that is tried.
 */
export function firstSteps(
  { store, rootId }: Pick<StepContext, 'store' | 'rootId'>,
  operations: readonly Operation[],
  take: {
    readonly count: number
    readonly isHeldBack: (operation: Operation) => boolean
  },
): FirstSteps {
  const steps: Step[] = []
  const locks = new LocksOfSteps(store.trees, rootId)
  const blocked = new Set<string>()
  for (const [index, operation] of operations.entries()) {
    if (steps.length === take.count) return { steps, left: operations.length - index }
    const step = { operation, locks: locks.of(operation) }
    const isLeftOut = take.isHeldBack(operation) || needsAny(step.locks, blocked)
    if (!isLeftOut) steps.push(step)
    else if (isStructural(operation)) for (const key of step.locks.exclusive) blocked.add(key)
  }
  return { steps, left: 0 }
}

function needsAny({ exclusive, shared }: StepLocks, keys: ReadonlySet<string>): boolean {
  if (keys.size === 0) return false
  return [exclusive, shared].some((needed) => needed.values().some((key) => keys.has(key)))
}
