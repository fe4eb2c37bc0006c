import type { NodeId } from '@cloudsync/protocol'
import { keepBooks } from './bookkeeping-steps.ts'
import type { EngineLimits } from './engine-options.ts'
import { nextGroup, nextStructural } from './group-contents.ts'
import type { PlanRun, Step } from './plan-run.ts'
import { shownPath, type StepContext } from './step-context.ts'
import { runSteps } from './step-runner.ts'

/** Written into the store in one transaction. */
const booksAtOnce = 1000

export interface StepsUnderWayOptions {
  readonly context: StepContext
  readonly limits: EngineLimits
  /** `path`: where it lay when the step began, as what was deleted is in no tree any more. */
  readonly onFinished: (step: Step, path: string, error: unknown) => void
  /** A fault of the program, or of the store. */
  readonly onBug: (error: unknown) => void
  /** There is room for others. */
  readonly onEnd: () => void
}

/** Carries out what is ready, some of it at once. */
export class StepsUnderWay {
  readonly #options: StepsUnderWayOptions
  readonly #steps = new Set<Step>()
  readonly #jobs = new Set<Promise<void>>()

  constructor(options: StepsUnderWayOptions) {
    this.#options = options
  }

  get steps(): ReadonlySet<Step> {
    return this.#steps
  }

  get isAny(): boolean {
    return this.#jobs.size > 0
  }

  /** Starts as many as may be under way. */
  start(run: PlanRun): void {
    this.#keepBooks(run)
    while (this.#jobs.size < this.#options.limits.jobs) {
      const steps = this.#pick(run)
      if (steps.length === 0) return
      this.#begin(run, steps)
    }
  }

  async allEnded(): Promise<void> {
    await Promise.all(this.#jobs)
  }

  changes(id: NodeId): boolean {
    return this.#steps.values().some(({ operation }) => operation.id === id)
  }

  async anyEnded(): Promise<void> {
    await Promise.race(this.#jobs)
  }

  /** What makes others ready that only have to be written down, too. */
  #keepBooks(run: PlanRun): void {
    // What gets another id during a look would be found under the former one, and so be there twice.
    if (this.#options.context.gate.isLooking) return
    for (;;) {
      const steps = run.takeBookkeeping(booksAtOnce)
      if (steps.length === 0) return
      keepBooks(
        this.#options.context,
        steps.map(({ operation }) => operation),
      )
      for (const step of steps) run.finish(step, true)
    }
  }

  #pick(run: PlanRun): Step[] {
    const { context, limits } = this.#options
    const { trashBatch } = limits
    const structural = run.takeStructural((ready) => nextStructural(ready, trashBatch), trashBatch)
    if (structural.length > 0) return structural
    return run.takeContents(
      (ready) => nextGroup(ready, context.store, limits, run.hasStructural) ?? [],
    )
  }

  #begin(run: PlanRun, steps: readonly Step[]): void {
    const { context, onFinished, onBug, onEnd } = this.#options
    for (const step of steps) this.#steps.add(step)
    const paths = steps.map(({ operation }) => shownPath(context, operation.id))
    const job = runSteps(context, steps)
      .finally(() => {
        // First: a plan that is made because of how they ended would leave out what they seem to be changing still.
        for (const step of steps) this.#steps.delete(step)
      })
      .then((failures) => {
        for (const [index, step] of steps.entries()) {
          run.finish(step, failures[index] === undefined)
          onFinished(step, paths[index] ?? '', failures[index])
        }
      })
      .catch(onBug)
      .finally(() => {
        this.#jobs.delete(job)
        onEnd()
      })
    this.#jobs.add(job)
  }
}
