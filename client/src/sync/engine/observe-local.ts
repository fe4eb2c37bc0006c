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
import { bulkRows, type SyncStore } from '../store/sync-store.ts'
import { LaterLooks } from './later-looks.ts'
import type { StepContext } from './step-context.ts'
import { decodeMemory, lastText } from './text-start.ts'
import { settlePlaces } from './place-intents.ts'
import { settleWrites } from './write-intents.ts'

/** Full scans for what is missing begin so many times as long after each other as one takes … */
const fullScanPause = 10
/** … and sooner, where that is longer than this, if there is as much time for other things: one may have been slow by chance. */
const soonFullScanMs = 20_000
/** While steps are carried out, looks begin so many times as long after each other as one takes. */
const lookPauseFactor = 5

export interface LocalObserverOptions {
  readonly context: StepContext
  readonly traits: ScanInput['traits']
  readonly isExcluded?: (path: DiskPath) => boolean
  /** Without a hint all is looked at this often. */
  readonly fullScanMs: number
  readonly maxReadBytes?: number
  readonly parts?: {
    /** Of many new files, after so many … */
    readonly files: number
    /** … is told that they are in the tree, while the rest is looked at. */
    readonly onTold: () => void
  }
}

/** Keeps the local tree as the disk has it: where it is told that something changed, and all of it now and then. */
export class LocalObserver {
  readonly #options: LocalObserverOptions
  #suspects = new Map<string, DiskPath>()
  #isFullDue = true
  #fullAtMs = 0
  #fullTookMs = 0
  #lastLook = { endedAtMs: 0, tookMs: 0 }
  /** Missing, by when they were first. */
  #gone: ReadonlyMap<NodeId, number> = new Map()
  readonly #later = new LaterLooks()
  #unknownRounds = 0
  #hidesFolders = false
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

  /** The names of what a rule leaves out, in one folder. */
  ignoredIn(folder: DiskPath): ReadonlySet<string> {
    const isIn = (path: DiskPath) =>
      path.length === folder.length + 1 && folder.every((name, depth) => path[depth] === name)
    return new Set(
      this.skipped
        .filter(({ path, reason }) => reason === 'ignored' && isIn(path))
        .map(({ path }) => path.at(-1) ?? ''),
    )
  }

  /** When it is time to look again, if nothing is heard until then. */
  nextDueMs(nowMs: number): number {
    return Math.min(this.#nextFullMs(nowMs), this.#later.dueMs(nowMs))
  }

  /** A clock that was put back makes it no later. */
  #nextFullMs(nowMs: number): number {
    return nowMs < this.#fullAtMs ? nowMs : this.#fullAtMs + this.#fullScanMs()
  }

  #fullScanMs(): number {
    const { fullScanMs } = this.#options
    if (this.unknown.length === 0) return fullScanMs
    return Math.min(fullScanMs, 2000 * 2 ** Math.min(this.#unknownRounds, 20))
  }

  /** What is missing is looked for everywhere before it counts as deleted, but that may not be all that is done here. */
  #isFullScanDue(nowMs: number): boolean {
    if (nowMs >= this.#nextFullMs(nowMs)) return true
    // While it may be where nobody can look, that is tried again anyway, more and more seldom.
    if (this.#hidesFolders) return false
    const isAnyGone = [...this.#gone.values()].some((sinceMs) => nowMs - sinceMs >= goneHoldMs)
    return isAnyGone && nowMs >= this.#fullAtMs + this.#soughtPauseMs()
  }

  #soughtPauseMs(): number {
    const tookMs = this.#fullTookMs
    return Math.max(2 * tookMs, Math.min(fullScanPause * tookMs, soonFullScanMs))
  }

  isDue(nowMs: number): boolean {
    return this.isHinted || nowMs >= this.nextDueMs(nowMs)
  }

  /** It was told that something changed. */
  get isHinted(): boolean {
    return this.#isFullDue || this.#suspects.size > 0
  }

  /** How long whoever has other things to do had better wait with the next look. */
  pauseLeftMs(nowMs: number): number {
    const { endedAtMs, tookMs } = this.#lastLook
    const pauseMs = lookPauseFactor * tookMs
    return Math.max(0, Math.min(endedAtMs + pauseMs - nowMs, pauseMs))
  }

  /** Looks where it has to. Resolves to whether the tree is another one now. */
  async observe(signal: AbortSignal): Promise<boolean> {
    const { context } = this.#options
    return context.gate.look(async () => {
      const { clock } = context.world
      const startedAtMs = clock.now()
      try {
        return await this.#scan(signal)
      } finally {
        const endedAtMs = clock.now()
        this.#lastLook = { endedAtMs, tookMs: Math.max(0, endedAtMs - startedAtMs) }
      }
    })
  }

  async #scan(signal: AbortSignal): Promise<boolean> {
    const { world } = this.#options.context
    const nowMs = world.clock.now()
    const isFull = this.#isFullDue || this.#isFullScanDue(nowMs)
    const isLaterDue = nowMs >= this.#later.dueMs(nowMs)
    const suspects = this.#suspects
    const folders = [...suspects.values(), ...this.#later.due(nowMs)]
    this.#suspects = new Map()
    this.#isFullDue = false
    const result = await this.#look(isFull ? undefined : folders, signal).catch((error) => {
      for (const [key, folder] of suspects) this.#suspects.set(key, folder)
      if (isFull) this.#isFullDue = true
      throw error
    })
    if (result === 'missing') {
      this.#isFullDue = true
      return false
    }
    if (isFull) {
      this.#fullAtMs = nowMs
      this.#fullTookMs = Math.max(0, world.clock.now() - nowMs)
    }
    this.lastScanAtMs = nowMs
    const before = this.unknown
    const { size } = result.gone
    this.#later.looked(nowMs, isFull || isLaterDue, { again: result.again, isAnyGone: size > 0 })
    this.#plan(result, isFull)
    this.#write(result, isFull)
    const isOther = before.length + this.unknown.length > 0
    return isOther || result.changed.length + result.removed.length > 0
  }

  async #look(
    folders: readonly DiskPath[] | undefined,
    signal: AbortSignal,
  ): Promise<ScanResult | 'missing'> {
    const { context, traits, isExcluded, maxReadBytes, parts } = this.#options
    const { store, world, rootId } = context
    const result = await scan({
      disk: world.disk,
      rootId,
      known: store.trees.local,
      synced: store.trees.synced,
      gone: this.#gone,
      sends: store.sends,
      writes: store.writes,
      places: store.places,
      traits,
      textOf: (id) => lastTextOf(store, id),
      isText: (id) => store.trees.remote.get(id)?.isText === true,
      now: () => world.clock.now(),
      createId: world.createId,
      signal,
      ...(parts ? { parts: { files: parts.files, tell: this.#tellPart } } : {}),
      ...(folders ? { folders } : {}),
      ...(isExcluded ? { isExcluded } : {}),
      ...(maxReadBytes === undefined ? {} : { maxReadBytes }),
    })
    // A disk that went away meanwhile leaves an empty folder behind.
    return (await world.disk.check()) === 'missing' ? 'missing' : result
  }

  readonly #tellPart = (entries: readonly LocalEntry[]): void => {
    this.#put(entries)
    this.#options.parts?.onTold()
  }

  #plan(result: ScanResult, isFull: boolean): void {
    this.#gone = result.gone
    // What could not be read is asked for soon, and then more and more seldom.
    this.#unknownRounds = result.unknown.length > 0 ? this.#unknownRounds + (isFull ? 1 : 0) : 0
    if (isFull || result.hidesFolders) this.#hidesFolders = result.hidesFolders
    if (isFull) this.unknown = result.unknown
    else if (result.unknown.length > 0)
      this.unknown = [...this.unknown, ...result.unknown].slice(-1000)
    this.skipped = withSkipped(this.skipped, result)
  }

  /** Removals in one transaction with the last of what is new: a node that moved is never missing. */
  #write({ changed, removed, written, again, unknown }: ScanResult, isFull: boolean): void {
    const { context } = this.#options
    const { writes, trashing, places, trees } = context.store
    const rest = [...changed]
    while (rest.length > bulkRows) this.#put(rest.splice(0, bulkRows))
    // What is in none of all places was not written.
    const isAllSeen = isFull && again.length + unknown.length === 0
    const unwritten = isAllSeen ? [...writes.keys()].filter((id) => !written.has(id)) : []
    const untrashed = isAllSeen ? [...trashing.keys()] : []
    const left = [...unwritten, ...untrashed]
    if (rest.length + removed.length + written.size + left.length + places.size === 0) return
    const found = places.size === 0 ? undefined : new Map(changed.map((entry) => [entry.id, entry]))
    const gone = new Set(found ? removed : [])
    const find = (id: NodeId) =>
      gone.has(id) ? undefined : (found?.get(id) ?? trees.local.get(id))
    context.store.transaction((writer) => {
      for (const entry of rest) writer.putLocal(entry)
      for (const id of removed) {
        writer.removeLocal(id)
        if (trashing.has(id)) writer.removeSynced(id)
      }
      for (const id of untrashed) writer.setTrashing(id, false)
      settleWrites(context, writer, written)
      settlePlaces(context, writer, find, isAllSeen)
      for (const id of unwritten) writer.removeWrite(id)
    })
  }

  #put(entries: readonly LocalEntry[]): void {
    this.#options.context.store.transaction((writer) => {
      for (const entry of entries) writer.putLocal(entry)
    })
  }
}

/** What the file said when it was last read for its text, or was to say when it was to be written. */
function lastTextOf(store: SyncStore, id: NodeId): string | undefined {
  const memory = decodeMemory(store.findText(id))
  if (memory) return lastText(memory)
  const bytes = store.findWriteBase(id)
  return bytes && lastText({ kind: 'base', bytes })
}

function withSkipped(
  before: readonly SkippedItem[],
  { skipped, listed }: Pick<ScanResult, 'skipped' | 'listed'>,
): readonly SkippedItem[] {
  if (!listed) return skipped
  const looked = new Set(listed.map((path) => JSON.stringify(path)))
  const kept = before.filter(({ path }) => !looked.has(JSON.stringify(path.slice(0, -1))))
  return kept.length === before.length && skipped.length === 0 ? before : [...kept, ...skipped]
}
