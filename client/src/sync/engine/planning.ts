import type { HeldDeletions, Plan } from '../model/plan.ts'
import type { EngineLimits } from './engine-options.ts'
import type { EngineEvent } from './engine-status.ts'
import type { FeedFollower } from './feed-follower.ts'
import { firstSteps } from './first-steps.ts'
import type { HeldBack } from './held-back.ts'
import type { LocalObserver } from './observe-local.ts'
import { planPauseOf } from './plan-pause.ts'
import { PlanRun, type Step } from './plan-run.ts'
import type { RecentDeletions } from './recent-deletions.ts'
import type { StepContext } from './step-context.ts'

export interface PlanningOptions {
  readonly context: StepContext
  readonly limits: EngineLimits
  readonly heldBack: HeldBack
  readonly recentDeletions: RecentDeletions
  readonly feed: Pick<FeedFollower, 'changes'>
  readonly observer: Pick<LocalObserver, 'skipped'>
  /** What there is to do by what is known now. */
  readonly plan: () => Plan
  readonly emit: (event: EngineEvent) => void
}

interface Made {
  /** Of the store, and of the feed, when it was made. */
  readonly revision: number | undefined
  readonly feed: number
  readonly atMs: number
  readonly tookMs: number
}

/** When a plan is made anew, and which of its steps are carried out before the next. */
export class Planning {
  readonly #options: PlanningOptions
  #run: PlanRun | undefined
  #latest: Pick<Plan, 'held' | 'waiting'> = { held: [], waiting: new Map() }
  #stepsBeyond = 0
  #isAnyBegun = false
  #made: Made = { revision: undefined, feed: 0, atMs: 0, tookMs: 0 }
  #isDue = true

  constructor(options: PlanningOptions) {
    this.#options = options
  }

  /** What is carried out. */
  get run(): PlanRun | undefined {
    return this.#run
  }

  get held(): readonly HeldDeletions[] {
    return this.#latest.held
  }

  get waiting(): Plan['waiting'] {
    return this.#latest.waiting
  }

  get stepsLeft(): number {
    return this.#run ? this.#run.left + this.#stepsBeyond : 0
  }

  /** Steps are left, or were left to the next plan. */
  get isAnyLeft(): boolean {
    return this.#run !== undefined || this.#stepsBeyond > 0
  }

  /** Something may be to be done that the last plan has not in it. */
  demand(): void {
    this.#isDue = true
  }

  get isStale(): boolean {
    return this.#isDue || this.#made.revision !== this.#options.context.store.revision
  }

  /** When the next one may be made, if it is wanted while one is carried out. */
  nextDueMs(nowMs: number): number {
    return this.#run && this.isStale ? nowMs + this.#pauseMs() : Infinity
  }

  /** Makes a new plan, if it is time; `running` are steps of earlier ones. */
  update(nowMs: number, running: ReadonlySet<Step>): void {
    if (this.#isTime(nowMs)) this.#make(nowMs, [...running])
  }

  /** To be called when steps may have ended. */
  settle(): void {
    if (!this.#run?.isDone) return
    this.#run = undefined
    // Where nothing could be begun, the next plan would be the same one, again and again.
    if (this.#stepsBeyond > 0 && this.#isAnyBegun) this.#isDue = true
  }

  #isTime(nowMs: number): boolean {
    const due = this.#options.heldBack.nextDueMs(this.#made.atMs)
    if (!this.isStale && !(due !== undefined && due <= nowMs)) return false
    if (!this.#run) return true
    return Math.abs(nowMs - this.#made.atMs) >= this.#pauseMs()
  }

  #pauseMs(): number {
    const { limits, feed } = this.#options
    const { tookMs } = this.#made
    const isAnyNews = this.#isDue || feed.changes !== this.#made.feed
    return planPauseOf({ tookMs, atLeastMs: limits.planPauseMs, isAnyNews })
  }

  #make(nowMs: number, running: readonly Step[]): void {
    const { context, limits, heldBack, recentDeletions, feed, observer, plan, emit } = this.#options
    const made = { revision: context.store.revision, feed: feed.changes, atMs: nowMs }
    this.#made = { ...made, tookMs: 0 }
    this.#isDue = false
    recentDeletions.expire(nowMs)
    const { operations, held, waiting } = plan()
    recentDeletions.note({ operations, held }, nowMs)
    const hadHeld = this.#latest.held.length
    this.#latest = { held, waiting }
    const wanted = [...operations, ...running.map(({ operation }) => operation)]
    heldBack.begin(wanted, { skipped: observer.skipped, nowMs })
    const { steps, left } = firstSteps(context, operations, {
      count: limits.planSteps,
      isHeldBack: (operation) => heldBack.has(operation, nowMs),
    })
    this.#run = new PlanRun(steps, running)
    this.#isAnyBegun = !this.#run.isDone
    this.#stepsBeyond = left
    this.#made = { ...made, tookMs: Math.max(0, context.world.clock.now() - nowMs) }
    if (operations.length > 0)
      emit({ kind: 'planned', operations: operations.length, held: held.length })
    if (held.length > 0 && held.length !== hadHeld) emit({ kind: 'held', held })
  }
}
