import type { NodeId } from '@cloudsync/protocol'
import type { EngineEvent, EngineStatus } from '../../sync/engine/engine-status.ts'
import { planOptionsOf } from '../../sync/engine/plan-options.ts'
import type { SyncEngine } from '../../sync/engine/sync-engine.ts'
import type { Plan } from '../../sync/model/plan.ts'
import { plan } from '../../sync/planner/plan.ts'
import type { HistoryRecord } from '../../sync/store/records.ts'
import type { SyncStore } from '../../sync/store/sync-store.ts'
import { CommandError } from '../command-error.ts'
import type { Link } from '../settings/links.ts'
import { explainPath } from './explain-path.ts'
import type { Deed, HeldReport, LinkMethod, LinkMethods } from './link-methods.ts'
import { presentHeld, presentStatus, type LinkStatus } from './link-status.ts'
import { presentPlan } from './present-plan.ts'

/** As the engine tells why it does not hear of the server: a code, and what was said. */
export const signedOutDetail = 'not_signed_in: Nobody is signed in'

export interface LinkAnswersOptions {
  readonly link: Link
  readonly store: SyncStore
  readonly isRunning: boolean
}

/** Answers what commands ask of a link, in the one process that has its database. */
export class LinkAnswers {
  readonly #store: SyncStore
  readonly #isRunning: boolean
  #link: Link
  #stepsInAll = 0
  #engine: SyncEngine | undefined
  /** Why the server could not be looked at, as the engine tells it, where no process runs the link. */
  offline: string | undefined
  /** Nobody is signed in to the server any more. */
  signedOut = false
  /** Why there is no folder, while there is none. */
  missing: string | undefined

  constructor({ link, store, isRunning }: LinkAnswersOptions) {
    this.#link = link
    this.#store = store
    this.#isRunning = isRunning
  }

  get link(): Link {
    return this.#link
  }

  /** From now on it is this one that is asked. */
  takeEngine(engine: SyncEngine): void {
    this.#engine = engine
    this.missing = undefined
    if (this.#link.isPaused) engine.pause()
  }

  /** What was decided anew holds from now on. */
  takeLink(link: Link): void {
    const wasPaused = this.#link.isPaused
    this.#link = link
    if (!this.#engine) return
    if (link.isPaused) this.#engine.pause()
    else if (wasPaused) this.#engine.resume()
    this.#engine.retryNow()
  }

  note(event: EngineEvent): void {
    if (event.kind !== 'state') return
    if (event.state === 'idle') this.#stepsInAll = 0
  }

  async answer<M extends LinkMethod>(
    method: M,
    params: unknown,
  ): Promise<LinkMethods[M]['result']> {
    const answers: {
      [K in LinkMethod]: (
        params: never,
      ) => LinkMethods[K]['result'] | Promise<LinkMethods[K]['result']>
    } = {
      status: () => this.status(),
      history: (asked: LinkMethods['history']['params']) => this.#history(asked.limit),
      plan: () => presentPlan(this.#store, this.#link, this.#plan()),
      explain: (asked: LinkMethods['explain']['params']) =>
        explainPath({
          store: this.#store,
          link: this.#link,
          status: this.#engineStatus(),
          offline: this.offline,
          plan: this.#plan(),
          path: asked.path,
        }),
      conflicts: () => this.#store.listConflicts(),
      'settle-conflict': (asked: LinkMethods['settle-conflict']['params']) =>
        this.#settleConflict(asked.number),
      'held-text': async ({ nodeId }: LinkMethods['held-text']['params']) =>
        (await this.#requireEngine().findHeldText(nodeId)) ?? null,
      'resolve-text': ({ nodeId, choice }: LinkMethods['resolve-text']['params']) =>
        this.#requireEngine().resolveText(nodeId, choice),
      approve: () => this.#approve(),
      reject: () => this.#reject(),
      reload: () => null,
    }
    if (!Object.hasOwn(answers, method))
      throw new CommandError(
        'The sync process is of another version and does not know that; stop it and start it again',
      )
    return answers[method](params as never)
  }

  status(): LinkStatus {
    const engine = this.#engineStatus()
    this.#stepsInAll = Math.max(this.#stepsInAll, engine.stepsLeft)
    return presentStatus({
      link: this.#link,
      isRunning: this.#isRunning,
      engine,
      stepsInAll: this.#stepsInAll,
      openConflicts: this.#store
        .listConflicts()
        .filter(({ resolvedAtMs }) => resolvedAtMs === undefined).length,
    })
  }

  #engineStatus(): EngineStatus {
    return this.missing === undefined && !this.signedOut && this.#engine
      ? this.#engine.status()
      : this.#statusWithoutEngine()
  }

  #plan(): Plan {
    if (this.#engine) return this.#engine.plan()
    const { folderId: rootId, id: linkId } = this.#link
    return plan(this.#store.trees, planOptionsOf({ store: this.#store, rootId, linkId }, {}, []))
  }

  #restingState(): Pick<EngineStatus, 'state' | 'detail'> {
    if (this.missing !== undefined) return { state: 'missing', detail: this.missing }
    if (this.signedOut) return { state: 'offline', detail: signedOutDetail }
    return { state: 'stopped', detail: undefined }
  }

  #statusWithoutEngine(): EngineStatus {
    const { remote, local, synced } = this.#store.trees
    const { held, waiting } = this.#plan()
    return {
      ...this.#restingState(),
      files: { local: local.size, remote: remote.size, synced: synced.size },
      stepsLeft: 0,
      sentBytes: 0,
      receivedBytes: 0,
      rates: { upBytesPerSecond: 0, downBytesPerSecond: 0 },
      transfers: [],
      problems: [...this.#store.problems.values()],
      held,
      waiting,
      unreadable: [],
      skipped: [],
      lastScanAtMs: undefined,
    }
  }

  #history(limit: number): Deed[] {
    return this.#store.listHistory({ limit }).map(presentDeed)
  }

  #settleConflict(number: number): boolean {
    const known = this.#store.listConflicts().find((one) => one.number === number)
    if (!known || known.resolvedAtMs !== undefined) return false
    this.#store.transaction((writer) => writer.resolveConflict(number, Date.now()))
    return true
  }

  #approve(): HeldReport[] {
    const { held } = this.#plan()
    for (const one of held)
      if (this.#engine) this.#engine.approve(one)
      else
        this.#store.transaction((writer) => {
          for (const id of one.ids) writer.setApproved(id, one.side, true)
        })
    return held.map(presentHeld)
  }

  #requireEngine(): SyncEngine {
    if (this.#engine) return this.#engine
    throw new CommandError('The linked folder is not there; see: cloudsync status')
  }

  #reject(): HeldReport[] {
    const engine = this.#requireEngine()
    const { held } = this.#plan()
    for (const one of held) engine.reject(one)
    return held.map(presentHeld)
  }
}

function presentDeed({ atMs, operation, path, nodeId, detail }: HistoryRecord): Deed {
  const { batchId } = parseDetail(detail)
  return { atMs, operation, path, nodeId: nodeId satisfies NodeId, batchId }
}

function parseDetail(detail: string): { readonly batchId?: string } {
  try {
    const about: unknown = JSON.parse(detail)
    if (typeof about !== 'object' || about === null || !('batchId' in about)) return {}
    return typeof about.batchId === 'string' ? { batchId: about.batchId } : {}
  } catch {
    return {}
  }
}
