import type { NodeId } from '@cloudsync/protocol'
import { DiskError, RemoteError, StoreError } from '../model/failures.ts'
import type { HeldDeletions, Plan } from '../model/plan.ts'
import { plan } from '../planner/plan.ts'
import type { DiskPath } from '../ports.ts'
import { DiskGate } from './disk-gate.ts'
import { DiskWatch } from './disk-watch.ts'
import { defaultLimits, type EngineLimits, type EngineOptions } from './engine-options.ts'
import type { EngineEvent, EngineState, EngineStatus } from './engine-status.ts'
import { FailedCreations } from './failed-creations.ts'
import { FeedFollower } from './feed-follower.ts'
import { approveDeletions, rejectDeletions } from './held-deletions.ts'
import { HeldBack } from './held-back.ts'
import { History } from './history.ts'
import { NodeProblems } from './node-problems.ts'
import { explainFailure } from './in-the-way.ts'
import { LocalObserver } from './observe-local.ts'
import { planOptionsOf } from './plan-options.ts'
import type { Step } from './plan-run.ts'
import { Planning } from './planning.ts'
import { RecentDeletions } from './recent-deletions.ts'
import {
  findHeldText,
  resolveHeldText,
  type HeldText,
  type TextChoice,
} from './resolve-held-text.ts'
import { diskPathOf, shownPath, type StepContext } from './step-context.ts'
import { StepsUnderWay } from './steps-under-way.ts'
import { Transfers } from './transfers.ts'
import { WakeUp } from './wake-up.ts'

const observeStepMs = 100
/** What is looked at again so soon is not known for sure yet. */
const soonMs = 5000

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
  readonly #watch: DiskWatch
  readonly #problems: NodeProblems
  readonly #failedCreations: FailedCreations
  readonly #heldBack: HeldBack
  readonly #history: History
  readonly #recentDeletions: RecentDeletions
  readonly #wakeUp = new WakeUp()
  readonly #planning: Planning
  readonly #steps: StepsUnderWay
  #isPaused = false
  #isTellingParts = false
  #wasMissing = false
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
      ignoredIn: (folder) => this.#observer.ignoredIn(folder),
      suspect: (folder) => this.lookAt(folder),
    }
    this.#problems = new NodeProblems(this.#context)
    this.#failedCreations = new FailedCreations({
      context: this.#context,
      askFeed: () => this.#feed.askAnew(),
    })
    this.#heldBack = new HeldBack(this.#context, this.#problems)
    this.#history = new History(store)
    this.#recentDeletions = new RecentDeletions(store, world.clock.now())
    const { fullScanMs, maxReadBytes, partFiles, longPollMs, missingMs } = this.#limits
    this.#observer = new LocalObserver({
      context: this.#context,
      traits: options.traits,
      fullScanMs,
      parts: { files: partFiles, onTold: () => this.#carryOnLooking() },
      ...(options.selection ? { isExcluded: options.selection.isUnselected } : {}),
      ...(maxReadBytes === undefined ? {} : { maxReadBytes }),
    })
    this.#watch = new DiskWatch({
      disk: world.disk,
      clock: world.clock,
      pauseMs: missingMs,
      onChange: (folder) => this.lookAt(folder),
    })
    this.#feed = new FeedFollower({
      store,
      remote: world.remote,
      clock: world.clock,
      random: world.random,
      longPollMs,
      onNews: this.#wakeUp.ring,
    })
    const shared = { context: this.#context, limits: this.#limits }
    this.#planning = new Planning({
      ...shared,
      heldBack: this.#heldBack,
      recentDeletions: this.#recentDeletions,
      feed: this.#feed,
      observer: this.#observer,
      plan: () => this.plan(),
      emit: (event) => this.#emit(event),
    })
    this.#steps = new StepsUnderWay({
      ...shared,
      onFinished: (step, path, error) => this.#finish(step, path, error),
      onBug: (error) => (this.#bug ??= error),
      onEnd: () => this.#stepsEnded(),
    })
  }

  /** Until `signal` is aborted; then what is under way is brought to an end. Rejects by a `StoreError`, or a fault of the program. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const until = AbortSignal.any([signal, stop.signal])
    const fail = (error: unknown) => {
      this.#bug ??= error
      this.#wakeUp.ring()
    }
    const background = [this.#feed.run(until).catch(fail), this.#watch.run(until).catch(fail)]
    try {
      await this.#loop(until)
    } catch (error) {
      this.#bug ??= error
      throw error
    } finally {
      stop.abort()
      this.#context.transfers.breakOff()
      await Promise.all([...background, this.#steps.allEnded()])
      this.#setState('stopped', this.#bug instanceof StoreError ? this.#bug.message : undefined)
      this.#history.flush()
    }
  }

  /**
   * Looks at both sides until all is seen, for a plan of what there is now, or `signal` is aborted. Changes neither.
   * Resolves to why the server could not be looked at, if it could not.
   */
  async observe(signal: AbortSignal): Promise<RemoteError | undefined> {
    const enough = new AbortController()
    this.pause()
    const looking = this.run(AbortSignal.any([signal, enough.signal]))
    while (!signal.aborted && !this.#hasSeenAll())
      await this.#context.world.clock.delay(observeStepMs, signal)
    const { failure } = this.#feed
    enough.abort()
    await looking
    return failure
  }

  #hasSeenAll(): boolean {
    const nowMs = this.#context.world.clock.now()
    if (!this.#feed.isCurrent && !this.#feed.failure) return false
    if (this.#observer.isDue(nowMs)) return false
    return this.#observer.nextDueMs(nowMs) - nowMs > soonMs
  }

  /** Nothing is changed on either side, and what is on its way stands still; what happens is noticed. */
  pause(): void {
    this.#isPaused = true
    this.#context.transfers.pause()
    this.#wakeUp.ring()
  }

  resume(): void {
    this.#isPaused = false
    this.#context.transfers.resume()
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
    this.#planning.demand()
    this.#wakeUp.ring()
  }

  /** What there is to do by what is known now. Changes nothing. */
  plan(): Plan {
    const holdsLinks = this.#options.traits.hasSymlinks !== false
    const settings = { ...this.#options, holdsLinks }
    const options = planOptionsOf(this.#context, settings, this.#observer.unknown)
    const recentDeletions = this.#recentDeletions.ids
    return plan(this.#context.store.trees, { ...options, recentDeletions })
  }

  /** These may be deleted although they are many. */
  approve(held: Pick<HeldDeletions, 'side' | 'ids'>): void {
    approveDeletions(this.#context.store, held)
    this.#recentDeletions.forget(held.side)
    this.#wakeUp.ring()
  }

  /** They come back to the side where they were deleted. */
  reject(held: Pick<HeldDeletions, 'side' | 'ids'>): void {
    rejectDeletions(this.#context.store, held)
    this.#recentDeletions.forget(held.side)
    this.#wakeUp.ring()
  }

  /** Both sides of a text that waits for `resolveText`. */
  findHeldText(id: NodeId): Promise<HeldText | undefined> {
    return findHeldText(this.#context, id)
  }

  /** A person has decided. `changed`: the file is not what they decided about any more. */
  async resolveText(id: NodeId, choice: TextChoice): Promise<'done' | 'not-held' | 'changed'> {
    while (this.#steps.changes(id)) await this.#steps.anyEnded()
    return resolveHeldText(this.#context, id, choice).finally(this.#wakeUp.ring)
  }

  status(): EngineStatus {
    const { store, transfers } = this.#context
    const { remote, local, synced } = store.trees
    return {
      state: this.#state,
      detail: this.#detail,
      files: { local: local.size, remote: remote.size, synced: synced.size },
      stepsLeft: this.#planning.stepsLeft,
      sentBytes: transfers.sentBytes,
      receivedBytes: transfers.receivedBytes,
      rates: transfers.rates(),
      transfers: transfers.list(),
      problems: [...store.problems.values()],
      held: this.#planning.held,
      waiting: this.#planning.waiting,
      unreadable: this.#observer.unknown,
      skipped: this.#observer.skipped,
      lastScanAtMs: this.#observer.lastScanAtMs,
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
    this.#carryOut()
    const isBusy = this.#planning.isAnyLeft || this.#steps.isAny
    this.#setState(isBusy ? 'syncing' : 'idle')
    if (!isBusy) this.#history.flush()
    return this.#planning.run === undefined && this.#planning.isStale ? 0 : this.#dueInMs()
  }

  #carryOut(): void {
    this.#planning.update(this.#context.world.clock.now(), this.#steps.steps)
    if (this.#planning.run) this.#steps.start(this.#planning.run)
    this.#planning.settle()
  }

  /** What is new is sent while the rest is looked at. */
  #carryOnLooking(): void {
    this.#isTellingParts = true
    this.#planning.demand()
    this.#carryOutMeanwhile()
  }

  #stepsEnded(): void {
    try {
      // The loop waits for the end of the look then.
      if (this.#isTellingParts) this.#carryOutMeanwhile()
    } catch (error) {
      this.#bug ??= error
    }
    this.#wakeUp.ring()
  }

  #carryOutMeanwhile(): void {
    const isThere = this.#feed.isCurrent && !this.#feed.failure
    if (this.#isPaused || this.#bug !== undefined || !isThere) return
    this.#carryOut()
    if (this.#steps.isAny) this.#setState('syncing')
  }

  /** `false`: nothing can be said of the disk. */
  async #look(signal: AbortSignal): Promise<boolean> {
    const { disk, clock } = this.#context.world
    try {
      if ((await disk.check()) === 'missing') {
        this.#setState('missing')
        this.#wasMissing = true
        this.#observer.suspect(undefined)
        return false
      }
      if (this.#wasMissing) this.#watch.restart()
      this.#wasMissing = false
      if (!this.#observer.isDue(clock.now()) || this.#mayLookLater(clock.now())) return true
      if (this.#state !== 'syncing') this.#setState('scanning')
      if (await this.#observer.observe(signal)) this.#planning.demand()
      return true
    } catch (error) {
      // A look that was broken off has seen nothing.
      if (signal.aborted) return false
      if (!(error instanceof DiskError)) throw error
      this.#setState('scanning', error.message)
      return false
    } finally {
      this.#isTellingParts = false
    }
  }

  /** What is written here comes back as hints, of which the next look takes many. */
  #mayLookLater(nowMs: number): boolean {
    return this.#planning.run !== undefined && this.#observer.pauseLeftMs(nowMs) > 0
  }

  #finish({ operation }: Step, lay: string, error: unknown): void {
    const path = shownPath(this.#context, operation.id) || lay
    const about = { operation: operation.kind, id: operation.id, path }
    if (error === undefined) {
      this.#problems.noteSuccess(operation)
      this.#history.add(operation, path, this.#context.world.clock.now())
      this.#emit({ kind: 'done', ...about })
      return
    }
    // A plan that was made before it failed has other steps in it that are worth their while.
    this.#planning.demand()
    this.#emit({ kind: 'failed', ...about, error })
    const why = explainFailure(this.#context, operation, error, this.#observer.skipped)
    this.#problems.noteFailure(operation, why)
    this.#failedCreations.note(operation, error)
    const lies = diskPathOf(this.#context, operation.id)
    if (lies) this.#observer.suspect(lies.slice(0, -1))
    if (error instanceof RemoteError) this.#detail = error.message
  }

  #dueInMs(): number {
    const nowMs = this.#context.world.clock.now()
    const pauseMs = this.#planning.run ? this.#observer.pauseLeftMs(nowMs) : 0
    const dueAtMs = Math.min(
      Math.max(this.#observer.nextDueMs(nowMs), nowMs + pauseMs),
      this.#observer.isHinted ? nowMs + pauseMs : Infinity,
      this.#heldBack.nextDueMs(nowMs) ?? Infinity,
      this.#planning.nextDueMs(nowMs),
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
