import type { NodeId } from '@cloudsync/protocol'
import { DatabaseSync } from 'node:sqlite'
import { SyncEngine } from '../engine/sync-engine.ts'
import type { EngineEvent } from '../engine/engine-status.ts'
import { SyncStore } from '../store/sync-store.ts'
import { DiskState, type DiskTraits } from './disk-state.ts'
import type { ModelServer } from './model-server.ts'
import { nameKey } from './model-server.ts'
import type { Actor, Scheduler } from './scheduler.ts'
import type { SeededRandom } from './seeded-random.ts'
import { SimulatedDisk, type DiskFaults, type DiskFlaws } from './simulated-disk.ts'
import { SimulatedRemote, type NetworkFaults } from './simulated-remote.ts'

export interface ClientParts {
  readonly name: string
  readonly server: ModelServer
  readonly scheduler: Scheduler
  readonly random: SeededRandom
  readonly traits: DiskTraits
  readonly skewMs: number
  readonly flaws: ClientFlaws
}

/** For proofs that the simulation finds what it is there to find. */
export interface ClientFlaws extends DiskFlaws {
  /** A process that starts knows nothing of what the last one was about to do. */
  readonly forgetsIntents?: boolean
}

/** A computer: its disk and its database stay, its process comes and goes. */
export class SimulatedClient {
  readonly disk: DiskState
  readonly diskFaults: DiskFaults = { errorRate: 0, isFull: false }
  readonly network: NetworkFaults = { lossRate: 0, repeatRate: 0, isDown: false }
  readonly #parts: ClientParts
  readonly #database = new DatabaseSync(':memory:')
  #actor: Actor | undefined
  #stop: AbortController | undefined
  #starts = 0
  engine: SyncEngine | undefined
  store: SyncStore | undefined
  bug: unknown

  constructor(parts: ClientParts) {
    this.#parts = parts
    const { scheduler, traits, skewMs } = parts
    this.disk = new DiskState(traits, () => scheduler.nowMs + skewMs)
  }

  get name(): string {
    return this.#parts.name
  }

  get isRunning(): boolean {
    return this.#actor !== undefined
  }

  start(): void {
    if (this.#actor) return
    const { scheduler, random, server, traits, skewMs, flaws, name } = this.#parts
    const actor: Actor = { name: `${name}.${++this.#starts}`, isAlive: true }
    this.#actor = actor
    const common = { actor, scheduler, random }
    const store = new SyncStore(this.#database)
    this.store = store
    if (flaws.forgetsIntents) forgetIntents(store)
    this.engine = new SyncEngine({
      world: {
        disk: new SimulatedDisk({ ...common, state: this.disk, faults: this.diskFaults, flaws }),
        remote: new SimulatedRemote({
          ...common,
          server,
          faults: this.network,
          knows: (id) => store.trees.remote.has(id),
        }),
        clock: scheduler.clock(actor, skewMs),
        random: random.next,
        createId: random.id,
      },
      store,
      rootId: server.rootId,
      linkId: name,
      traits: {
        isCaseInsensitive: traits.isCaseInsensitive,
        isNormalizing: false,
        timeGranularityMs: traits.granularityMs,
        hasStableInodes: true,
        hasSymlinks: traits.holdsLinks ?? true,
      },
      ...(traits.isCaseInsensitive
        ? { nameRules: { key: nameKey, toDisk: (diskName: string) => diskName } }
        : {}),
      limits: {
        jobs: 3,
        batchFiles: 4,
        batchDownloads: 3,
        trashBatch: 3,
        planSteps: 5,
        partFiles: 2,
        fullScanMs: traits.tellsAll === true ? 3_600_000 : 30_000,
        planPauseMs: 20,
      },
      onEvent: (event) => this.#trace(actor, event),
    })
    this.#stop = new AbortController()
    this.engine.run(this.#stop.signal).catch((error: unknown) => {
      this.bug ??= error
    })
  }

  /** At this very moment; what is on its way to the server arrives all the same. */
  crash(): void {
    if (!this.#actor) return
    this.#parts.scheduler.kill(this.#actor)
    this.disk.onChange.clear()
    this.#actor = undefined
    this.engine = undefined
  }

  isQuiet(): boolean {
    const { engine, store } = this
    if (!engine || !store) return false
    const status = engine.status()
    const isAtRest = status.state === 'idle' || status.state === 'scanning'
    if (!isAtRest || status.stepsLeft > 0 || status.problems.length > 0) return false
    return store.cursor === String(this.#parts.server.seq)
  }

  describe(): string {
    const status = this.engine?.status()
    const plan = this.engine?.plan()
    return JSON.stringify({
      ...status,
      waiting: [...(status?.waiting ?? [])],
      plan: plan?.operations,
    })
  }

  close(): void {
    this.crash()
    this.#database.close()
  }

  #trace(actor: Actor, event: EngineEvent): void {
    const { scheduler } = this.#parts
    if (event.kind === 'done' || event.kind === 'failed') {
      const error = event.kind === 'failed' ? `: ${String(event.error)}` : ''
      scheduler.note(
        actor,
        `${event.kind} ${event.operation} ${event.path} ${short(event.id)}${error}`,
      )
    } else if (event.kind === 'state') scheduler.note(actor, `is ${event.state}`)
  }
}

function short(id: NodeId): string {
  return id.slice(0, 13)
}

function forgetIntents(store: SyncStore): void {
  store.transaction((writer) => {
    for (const id of store.writes.keys()) writer.removeWrite(id)
    for (const id of store.sends.keys()) writer.removeSend(id)
    for (const id of store.places.keys()) writer.removePlace(id)
    for (const id of store.trashing.keys()) writer.setTrashing(id, false)
  })
}
