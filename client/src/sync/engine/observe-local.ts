import type { NodeId } from '@cloudsync/protocol'
import type { LocalEntry } from '../model/entry.ts'
import type { DiskPath } from '../ports.ts'
import {
  goneHoldMs,
  scan,
  type ScanInput,
  type ScanResult,
  type SkippedItem,
  type UnknownPlace,
} from '../scan/scan.ts'
import { bulkRows } from '../store/sync-store.ts'
import type { StepContext } from './step-context.ts'
import { decodeMemory, lastText } from './text-start.ts'

/** Full scans for what is missing begin so many times as long after each other as one takes. */
const fullScanPause = 10

export interface LocalObserverOptions {
  readonly context: StepContext
  readonly traits: ScanInput['traits']
  readonly isExcluded?: (path: DiskPath) => boolean
  /** Without a hint all is looked at this often. */
  readonly fullScanMs: number
  readonly maxReadBytes?: number
}

/** Keeps the local tree as the disk has it: where it is told that something changed, and all of it now and then. */
export class LocalObserver {
  readonly #options: LocalObserverOptions
  #suspects = new Map<string, DiskPath>()
  #isFullDue = true
  #fullAtMs = 0
  #fullTookMs = 0
  /** Missing, by when they were first. */
  #gone: ReadonlyMap<NodeId, number> = new Map()
  #again: { readonly folders: readonly DiskPath[]; readonly atMs: number } | undefined
  #unknownRounds = 0
  unknown: readonly UnknownPlace[] = []
  skipped: readonly SkippedItem[] = []
  lastScanAtMs: number | undefined

  constructor(options: LocalObserverOptions) {
    this.#options = options
  }

  /** Something may have changed there; anywhere, where it is not said. */
  suspect(folder: DiskPath | undefined): void {
    if (folder) this.#suspects.set(JSON.stringify(folder), folder)
    else this.#isFullDue = true
  }

  /** When it is time to look again, if nothing is heard until then. */
  nextDueMs(): number {
    const again = this.#again ? this.#again.atMs : Infinity
    return Math.min(this.#fullAtMs + this.#fullScanMs(), again)
  }

  #fullScanMs(): number {
    const { fullScanMs } = this.#options
    if (this.unknown.length === 0) return fullScanMs
    return Math.min(fullScanMs, 2000 * 2 ** Math.min(this.#unknownRounds, 20))
  }

  /** What is missing is looked for everywhere before it counts as deleted, but that may not be all that is done here. */
  #isFullScanDue(nowMs: number): boolean {
    if (nowMs >= this.#fullAtMs + this.#fullScanMs()) return true
    const isAnyGone = [...this.#gone.values()].some((sinceMs) => nowMs - sinceMs >= goneHoldMs)
    const isClockPutBack = nowMs < this.#fullAtMs
    return (
      isAnyGone && (isClockPutBack || nowMs >= this.#fullAtMs + fullScanPause * this.#fullTookMs)
    )
  }

  isDue(nowMs: number): boolean {
    return this.#isFullDue || this.#suspects.size > 0 || nowMs >= this.nextDueMs()
  }

  /** Looks where it has to. Resolves to whether the tree is another one now. */
  async observe(signal: AbortSignal): Promise<boolean> {
    const { context } = this.#options
    return context.gate.look(() => this.#scan(signal))
  }

  async #scan(signal: AbortSignal): Promise<boolean> {
    const { context, traits, isExcluded, maxReadBytes } = this.#options
    const { store, world, rootId } = context
    const nowMs = world.clock.now()
    const isFull = this.#isFullDue || this.#isFullScanDue(nowMs)
    const again = this.#again && nowMs >= this.#again.atMs ? this.#again.folders : []
    const gone = this.#gone
    const suspects = this.#suspects
    this.#suspects = new Map()
    this.#isFullDue = false
    let result: ScanResult
    try {
      result = await scan({
        disk: world.disk,
        rootId,
        known: store.trees.local,
        synced: store.trees.synced,
        gone,
        traits,
        textOf: (id) => {
          const memory = decodeMemory(store.findText(id))
          return memory && lastText(memory)
        },
        now: () => world.clock.now(),
        createId: world.createId,
        signal,
        ...(isFull ? {} : { folders: [...suspects.values(), ...again] }),
        ...(isExcluded ? { isExcluded } : {}),
        ...(maxReadBytes === undefined ? {} : { maxReadBytes }),
      })
    } catch (error) {
      for (const [key, folder] of suspects) this.#suspects.set(key, folder)
      if (isFull) this.#isFullDue = true
      throw error
    }
    // A disk that went away meanwhile leaves an empty folder behind.
    if ((await world.disk.check()) === 'missing') {
      this.#isFullDue = true
      return false
    }
    if (isFull) {
      this.#fullAtMs = nowMs
      this.#fullTookMs = Math.max(0, world.clock.now() - nowMs)
    }
    this.lastScanAtMs = nowMs
    const before = this.unknown
    this.#plan(result, nowMs, isFull)
    this.#write(result)
    const isOther = before.length + this.unknown.length > 0
    return isOther || result.changed.length + result.removed.length > 0
  }

  #plan(result: ScanResult, nowMs: number, isFull: boolean): void {
    this.#gone = result.gone
    const folders = isFull ? result.again : [...(this.#again?.folders ?? []), ...result.again]
    const waitMs = result.gone.size > 0 ? goneHoldMs : 250
    this.#again =
      result.again.length > 0 || result.gone.size > 0
        ? { folders: folders.slice(-1000), atMs: nowMs + waitMs }
        : undefined
    // What could not be read is asked for soon, and then more and more seldom.
    this.#unknownRounds = result.unknown.length > 0 ? this.#unknownRounds + (isFull ? 1 : 0) : 0
    if (isFull) this.unknown = result.unknown
    else if (result.unknown.length > 0)
      this.unknown = [...this.unknown, ...result.unknown].slice(-1000)
    if (isFull) this.skipped = result.skipped
  }

  /** Removals in one transaction with the last of what is new: a node that moved is never missing. */
  #write({ changed, removed }: ScanResult): void {
    const { store } = this.#options.context
    const rest = [...changed]
    while (rest.length > bulkRows) this.#put(rest.splice(0, bulkRows))
    if (rest.length + removed.length === 0) return
    store.transaction((writer) => {
      for (const entry of rest) writer.putLocal(entry)
      for (const id of removed) writer.removeLocal(id)
    })
  }

  #put(entries: readonly LocalEntry[]): void {
    this.#options.context.store.transaction((writer) => {
      for (const entry of entries) writer.putLocal(entry)
    })
  }
}
