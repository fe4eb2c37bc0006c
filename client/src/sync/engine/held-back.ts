import type { Operation } from '../model/operation.ts'
import type { SkippedItem } from '../scan/scan.ts'
import { BusyDatabases } from './busy-databases.ts'
import { LivePauses } from './live-pauses.ts'
import type { NodeProblems } from './node-problems.ts'
import type { StepContext } from './step-context.ts'

/** Which operations of a plan are not carried out yet: they have failed, or somebody else is at work on what they change. */
export class HeldBack {
  readonly #context: StepContext
  readonly #problems: NodeProblems
  readonly #databases = new BusyDatabases()
  readonly #pauses: LivePauses

  constructor(context: StepContext, problems: NodeProblems) {
    this.#context = context
    this.#problems = problems
    this.#pauses = new LivePauses(context.store.trees)
  }

  /** To be called before a plan is looked through; `wanted` is all that is in it, or is carried out already. */
  begin(
    wanted: readonly Operation[],
    { skipped, nowMs }: { readonly skipped: readonly SkippedItem[]; readonly nowMs: number },
  ): void {
    this.#problems.forgetBut(wanted)
    this.#databases.update(this.#context.store.trees.local, skipped, nowMs)
    this.#pauses.begin(nowMs)
  }

  has(operation: Operation, nowMs: number): boolean {
    return (
      this.#problems.isWaiting(operation.id, nowMs) ||
      this.#databases.isBusy(operation) ||
      this.#pauses.isWaiting(operation, nowMs)
    )
  }

  /** When the next of them may go on; of what failed, only what is due after `afterMs`. */
  nextDueMs(afterMs: number): number | undefined {
    const dues = [
      this.#problems.nextDueMs(afterMs),
      this.#databases.nextDueMs(),
      this.#pauses.nextDueMs(),
    ]
    const known = dues.filter((due) => due !== undefined)
    return known.length === 0 ? undefined : Math.min(...known)
  }
}
