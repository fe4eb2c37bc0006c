import type { NodeId } from '@cloudsync/protocol'
import { DiskError, RemoteError } from '../model/failures.ts'
import type { HeldDeletions, NameRules, Plan, PlanOptions } from '../model/plan.ts'
import { plan } from '../planner/plan.ts'
import type { DiskPath, World } from '../ports.ts'
import type { ScanInput } from '../scan/scan.ts'
import type { Side } from '../store/records.ts'
import type { SyncStore } from '../store/sync-store.ts'
import { keepBooks } from './bookkeeping-steps.ts'
import { BusyDatabases } from './busy-databases.ts'
import { DiskGate } from './disk-gate.ts'
import type { EngineEvent, EngineState, EngineStatus } from './engine-status.ts'
import { FeedFollower } from './feed-follower.ts'
import { nextGroup, type GroupLimits } from './group-contents.ts'
import { History } from './history.ts'
import { NodeProblems } from './node-problems.ts'
import { LocalObserver } from './observe-local.ts'
import { planOptionsOf, type SelectionRules } from './plan-options.ts'
import { PlanRun, type Step } from './plan-run.ts'
import { diskPathOf, shownPath, type StepContext } from './step-context.ts'
import { locksOf } from './step-locks.ts'
import { runSteps } from './step-runner.ts'
import { Transfers } from './transfers.ts'
import { renewUsedUp } from './used-up-ids.ts'
import { WakeUp } from './wake-up.ts'

export interface EngineLimits extends GroupLimits {
  /** Requests and writes at once. */
  readonly jobs: number
  readonly trashBatch: number
  /** How long the server holds a question for changes back. */
  readonly longPollMs: number
  readonly fullScanMs: number
  /** How often it is looked whether a folder that is missing is back. */
  readonly missingMs: number
  /** A new plan is not made earlier after the last one, while that one is carried out. */
  readonly planPauseMs: number
  readonly maxReadBytes?: number
}

const observeStepMs = 100
/** What is looked at again so soon is not known for sure yet. */
const soonMs = 5000

const defaultLimits: EngineLimits = {
  jobs: 8,
  batchFiles: 500,
  batchBytes: 8 * 1024 * 1024,
  batchTexts: 50,
  trashBatch: 500,
  longPollMs: 50_000,
  fullScanMs: 10 * 60_000,
  missingMs: 5_000,
  planPauseMs: 200,
}

export interface EngineOptions {
  readonly world: World
  readonly store: SyncStore
  /** The folder on the server that is the linked one. */
  readonly rootId: NodeId
  /** Of this link alone, made when it is linked; part of the ids of its operations. */
  readonly linkId: string
  readonly traits: ScanInput['traits']
  readonly nameRules?: NameRules
  readonly selection?: SelectionRules
  readonly canEditRoot?: boolean
  readonly limits?: Partial<EngineLimits>
  readonly onEvent?: (event: EngineEvent) => void
}

/**
 * The one control loop: look at both sides, plan, carry out, again. What is known is in the store; what is to be done
 * follows from it each time. Whatever fails is looked at anew, and nothing is decided on what was not seen.
 */
export class SyncEngine {
  readonly #options: EngineOptions
  readonly #limits: EngineLimits
  readonly #context: StepContext
  readonly #observer: LocalObserver
  readonly #feed: FeedFollower
  readonly #problems: NodeProblems
  readonly #databases = new BusyDatabases()
  readonly #history: History
  readonly #wakeUp = new WakeUp()
  readonly #running = new Set<Step>()
  readonly #jobs = new Set<Promise<void>>()
  #run: PlanRun | undefined
  #plan: Plan = { operations: [], held: [], waiting: new Map() }
  #planned: { readonly revision: number; readonly atMs: number } | undefined
  #isPaused = false
  #isPlanDue = true
  #state: EngineState = 'stopped'
  #detail: string | undefined
  #bug: unknown

  constructor(options: EngineOptions) {
    this.#options = options
    this.#limits = { ...defaultLimits, ...options.limits }
    const { world, store, rootId, linkId } = options
    this.#context = {
      world,
      store,
      rootId,
      linkId,
      gate: new DiskGate(),
      transfers: new Transfers(world.clock),
      certainTexts: new Set(),
      suspect: (folder) => this.lookAt(folder),
    }
    this.#problems = new NodeProblems(this.#context)
    this.#history = new History(store)
    const { fullScanMs, maxReadBytes, longPollMs } = this.#limits
    this.#observer = new LocalObserver({
      context: this.#context,
      traits: options.traits,
      fullScanMs,
      ...(options.selection ? { isExcluded: options.selection.isUnselected } : {}),
      ...(maxReadBytes === undefined ? {} : { maxReadBytes }),
    })
    this.#feed = new FeedFollower({
      store,
      remote: world.remote,
      clock: world.clock,
      random: world.random,
      longPollMs,
      onNews: this.#wakeUp.ring,
    })
  }

  /** Until `signal` is aborted; then what is under way is brought to an end. Rejects only by a fault of the program. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const until = AbortSignal.any([signal, stop.signal])
    const fail = (error: unknown) => {
      this.#bug ??= error
      this.#wakeUp.ring()
    }
    const background = [this.#feed.run(until).catch(fail), this.#watch(until).catch(fail)]
    try {
      await this.#loop(until)
    } finally {
      stop.abort()
      await Promise.all([...background, ...this.#jobs])
      this.#history.flush()
      this.#setState('stopped')
    }
  }

  /** Looks at both sides until all is seen, for a plan of what there is now, or `signal` is aborted. Changes neither. */
  async observe(signal: AbortSignal): Promise<void> {
    const enough = new AbortController()
    this.pause()
    const looking = this.run(AbortSignal.any([signal, enough.signal]))
    while (!signal.aborted && !this.#hasSeenAll())
      await this.#context.world.clock.delay(observeStepMs, signal)
    enough.abort()
    await looking
  }

  #hasSeenAll(): boolean {
    const nowMs = this.#context.world.clock.now()
    if (!this.#feed.isCurrent || this.#observer.isDue(nowMs)) return false
    return this.#observer.nextDueMs() - nowMs > soonMs
  }

  /** Nothing is changed on either side; what happens is noticed. */
  pause(): void {
    this.#isPaused = true
    this.#wakeUp.ring()
  }

  resume(): void {
    this.#isPaused = false
    this.#wakeUp.ring()
  }

  /** Something may have changed in a folder of the disk; anywhere, where it is not said. */
  lookAt(folder?: DiskPath): void {
    this.#observer.suspect(folder)
    this.#wakeUp.ring()
  }

  /** Tries again now what waits after a failure. */
  retryNow(): void {
    this.#problems.retryNow()
    this.#isPlanDue = true
    this.#wakeUp.ring()
  }

  /** What there is to do by what is known now. Changes nothing. */
  plan(): Plan {
    return plan(this.#context.store.trees, this.#planOptions())
  }

  /** These may be deleted although they are many. */
  approve(held: Pick<HeldDeletions, 'side' | 'ids'>): void {
    this.#context.store.transaction((writer) => {
      for (const id of held.ids) writer.setApproved(id, held.side, true)
    })
    this.#wakeUp.ring()
  }

  /** They come back to the side where they were deleted. */
  reject(held: Pick<HeldDeletions, 'side' | 'ids'>): void {
    rejectDeletions(this.#context, held.side, held.ids)
    this.#wakeUp.ring()
  }

  status(): EngineStatus {
    const { store, transfers } = this.#context
    const { remote, local, synced } = store.trees
    return {
      state: this.#state,
      detail: this.#detail,
      files: { local: local.size, remote: remote.size, synced: synced.size },
      stepsLeft: this.#run?.left ?? 0,
      sentBytes: transfers.sentBytes,
      receivedBytes: transfers.receivedBytes,
      rates: transfers.rates(),
      transfers: transfers.list(),
      problems: [...store.problems.values()],
      held: this.#plan.held,
      waiting: this.#plan.waiting,
      unreadable: this.#observer.unknown,
      skipped: this.#observer.skipped,
      lastScanAtMs: this.#observer.lastScanAtMs,
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { disk, clock } = this.#context.world
    while (!signal.aborted) {
      try {
        for await (const folder of disk.watch(signal)) this.lookAt(folder)
      } catch (error) {
        if (!(error instanceof DiskError)) throw error
      }
      // A watcher that ends has missed something.
      if (signal.aborted) return
      await clock.delay(this.#limits.missingMs, signal)
      this.lookAt()
    }
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#bug !== undefined) throw this.#bug
      const waitMs = await this.#turn(signal)
      if (signal.aborted) return
      await this.#wakeUp.sleep(this.#context.world.clock, waitMs, signal)
    }
  }

  /** Resolves to how long nothing is to be done, if nothing happens. */
  async #turn(signal: AbortSignal): Promise<number> {
    const { world } = this.#context
    const isPresent = await this.#look(signal)
    if (!isPresent) return this.#limits.missingMs
    if (this.#isPaused) {
      this.#setState('paused')
      return this.#dueInMs()
    }
    if (this.#feed.failure) {
      this.#setState('offline', this.#feed.failure.message)
      return this.#dueInMs()
    }
    if (!this.#feed.isCurrent) return this.#dueInMs()
    const nowMs = world.clock.now()
    if (this.#shouldPlan(nowMs)) this.#makePlan(nowMs)
    this.#startSteps()
    if (this.#run?.isDone) this.#run = undefined
    const isBusy = this.#run !== undefined || this.#jobs.size > 0
    this.#setState(isBusy ? 'syncing' : 'idle')
    if (!isBusy) this.#history.flush()
    return this.#run === undefined && this.#isPlanStale() ? 0 : this.#dueInMs()
  }

  /** `false`: nothing can be said of the disk. */
  async #look(signal: AbortSignal): Promise<boolean> {
    const { disk, clock } = this.#context.world
    try {
      if ((await disk.check()) === 'missing') {
        this.#setState('missing')
        this.#observer.suspect(undefined)
        return false
      }
      if (!this.#observer.isDue(clock.now())) return true
      if (this.#state !== 'syncing') this.#setState('scanning')
      if (await this.#observer.observe(signal)) this.#isPlanDue = true
      return true
    } catch (error) {
      // A look that was broken off has seen nothing.
      if (signal.aborted) return false
      if (!(error instanceof DiskError)) throw error
      this.#setState('scanning', error.message)
      return false
    }
  }

  #isPlanStale(): boolean {
    return this.#isPlanDue || this.#planned?.revision !== this.#context.store.revision
  }

  #shouldPlan(nowMs: number): boolean {
    const due = this.#nextProblemMs(this.#planned?.atMs ?? 0)
    if (!this.#isPlanStale() && !(due !== undefined && due <= nowMs)) return false
    if (!this.#run) return true
    return Math.abs(nowMs - (this.#planned?.atMs ?? 0)) >= this.#limits.planPauseMs
  }

  #makePlan(nowMs: number): void {
    const { store, rootId } = this.#context
    this.#databases.update(store.trees.local, this.#observer.skipped, nowMs)
    const hadHeld = this.#plan.held.length
    this.#planned = { revision: store.revision, atMs: nowMs }
    this.#isPlanDue = false
    this.#plan = this.plan()
    const running = [...this.#running].map(({ operation }) => operation.id)
    const planned = this.#plan.operations.map(({ id }) => id)
    this.#problems.forgetBut(new Set([...planned, ...running]))
    const steps = this.#plan.operations.map((operation): Step => ({
      operation,
      locks: locksOf(operation, store.trees, rootId),
      isHeldBack:
        this.#problems.isWaiting(operation.id, nowMs) || this.#databases.isBusy(operation.id),
    }))
    this.#run = new PlanRun(steps, [...this.#running])
    const { operations, held } = this.#plan
    if (operations.length > 0)
      this.#emit({ kind: 'planned', operations: operations.length, held: held.length })
    if (held.length > 0 && held.length !== hadHeld) this.#emit({ kind: 'held', held })
  }

  #planOptions(): PlanOptions {
    return planOptionsOf(this.#context, this.#options, this.#observer.unknown)
  }

  #startSteps(): void {
    const run = this.#run
    if (!run) return
    for (
      let books = run.takeBookkeeping(1000);
      books.length > 0;
      books = run.takeBookkeeping(1000)
    ) {
      keepBooks(
        this.#context,
        books.map(({ operation }) => operation),
      )
      for (const step of books) run.finish(step, true)
    }
    while (this.#jobs.size < this.#limits.jobs) {
      const steps = this.#pick(run)
      if (steps.length === 0) return
      this.#start(run, steps)
    }
  }

  #pick(run: PlanRun): Step[] {
    const { trashBatch } = this.#limits
    const structural = run.takeStructural((ready) =>
      ready[0]?.operation.kind === 'trash-remote'
        ? ready.filter(({ operation }) => operation.kind === 'trash-remote').slice(0, trashBatch)
        : ready.slice(0, 1),
    )
    if (structural.length > 0) return structural
    const { store } = this.#context
    return run.takeContents(
      (ready) => nextGroup(ready, store, this.#limits, run.hasStructural) ?? [],
    )
  }

  #start(run: PlanRun, steps: readonly Step[]): void {
    for (const step of steps) this.#running.add(step)
    const job = runSteps(this.#context, steps)
      .then((failures) => {
        for (const [index, step] of steps.entries()) this.#finish(run, step, failures[index])
      })
      .catch((error: unknown) => {
        this.#bug ??= error
      })
      .finally(() => {
        for (const step of steps) this.#running.delete(step)
        this.#jobs.delete(job)
        this.#wakeUp.ring()
      })
    this.#jobs.add(job)
  }

  #finish(run: PlanRun, step: Step, error: unknown): void {
    const { operation } = step
    const path = shownPath(this.#context, operation.id)
    const about = { operation: operation.kind, id: operation.id, path }
    run.finish(step, error === undefined)
    if (error === undefined) {
      this.#problems.noteSuccess(operation)
      this.#history.add(operation, path, this.#context.world.clock.now())
      this.#emit({ kind: 'done', ...about })
      return
    }
    // A plan that was made before it failed has other steps in it that are worth their while.
    this.#isPlanDue = true
    this.#emit({ kind: 'failed', ...about, error })
    this.#problems.noteFailure(operation, error)
    renewUsedUp(this.#context, operation, error)
    const lies = diskPathOf(this.#context, operation.id)
    if (lies) this.#observer.suspect(lies.slice(0, -1))
    if (error instanceof RemoteError) this.#detail = error.message
  }

  #nextProblemMs(afterMs: number): number | undefined {
    const dues = [this.#problems.nextDueMs(afterMs), this.#databases.nextDueMs()]
    const known = dues.filter((due) => due !== undefined)
    return known.length === 0 ? undefined : Math.min(...known)
  }

  #dueInMs(): number {
    const nowMs = this.#context.world.clock.now()
    const dueAtMs = Math.min(
      this.#observer.nextDueMs(),
      this.#nextProblemMs(nowMs) ?? Infinity,
      this.#run && this.#isPlanStale() ? nowMs + this.#limits.planPauseMs : Infinity,
    )
    return Math.max(1, Math.min(dueAtMs - nowMs, 60_000))
  }

  #setState(state: EngineState, detail?: string): void {
    if (this.#state === state && this.#detail === detail) return
    this.#state = state
    this.#detail = detail
    this.#emit({ kind: 'state', state, detail })
  }

  #emit(event: EngineEvent): void {
    this.#options.onEvent?.(event)
  }
}

/** Without what both sides agreed on, what is left on the other side is new, and comes back. */
function rejectDeletions({ store }: StepContext, side: Side, ids: readonly NodeId[]): void {
  const { synced } = store.trees
  const roots = new Set(ids)
  const isBelow = (id: NodeId): boolean => {
    for (let at: NodeId | undefined = id; at !== undefined; at = synced.get(at)?.parentId)
      if (roots.has(at)) return true
    return false
  }
  const forgotten = [...synced.keys()].filter(isBelow)
  store.transaction((writer) => {
    for (const id of forgotten) writer.removeSynced(id)
    for (const id of ids) writer.setApproved(id, side, false)
  })
}
