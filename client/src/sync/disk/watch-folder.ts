import { watch, type FSWatcher } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { IgnoreRules } from '../ignore/ignore-rules.ts'
import type { Clock, DiskPath } from '../ports.ts'
import { ownFolder } from './folder-access.ts'
import type { OwnFiles } from './own-files.ts'
import { fingerprintOf, statFile, statFileNow } from './stat-file.ts'
import { errnoOf, isAbsence, unlessAbsent } from './system-calls.ts'

export interface WatchOptions {
  readonly clock: Clock
  /** How long hints are gathered before they are told. Default: 100 ms. */
  readonly gatherMs?: number
  /** How often everything is to be looked at where the system tells too little. Default: a minute. */
  readonly unwatchedRescanMs?: number
  /** How often although it tells all: nobody can know what it has lost. Default: 15 minutes. */
  readonly watchedRescanMs?: number
  /** The system tells of no more folders; `detail` says what can be done. Once for each `watch`. */
  readonly onWatchProblem?: (problem: WatchProblem) => void
  /** Files that are put there by this very program; of what happens to them by that nothing is told. */
  readonly own?: OwnFiles
  /** Default: `watch` of `node:fs`. */
  readonly watch?: typeof watch
}

export interface WatchProblem {
  readonly code: 'watch-limit' | 'watch-failed'
  readonly detail: string
}

/** More folders than this at once say: look at everything. */
const maxHints = 1_000

/** The kernel keeps 16,384 events by default, and libuv does not tell that it had to drop some. */
const maxEvents = 4_000

/**
 * Tells the folders in which something may have changed, and `undefined` where it may be anywhere. Never complete. The
 * first is `undefined`, once everything is watched: what changed before that was seen by nobody. Ends where the folder
 * itself is taken away.
 */
export async function* watchFolder(
  root: string,
  options: WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<DiskPath | undefined, void> {
  const { clock, gatherMs = 100 } = options
  const hints = new Hints()
  // Aborted with the caller's, and when the caller stops to listen.
  const stop = new AbortController()
  const abort = (): void => stop.abort()
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) stop.abort()
  using watches = new FolderWatches(root, hints, options, abort)
  const unlisten = options.own?.listen((folder) => hints.add(folder))
  const rescans = rescan(options, watches, hints, stop.signal)
  try {
    await watches.start()
    hints.add(undefined)
    while (!stop.signal.aborted) {
      await hints.some(stop.signal)
      if (stop.signal.aborted) return
      await clock.delay(gatherMs, stop.signal)
      yield* hints.take()
    }
  } finally {
    stop.abort()
    unlisten?.()
    signal.removeEventListener('abort', abort)
    await rescans
  }
}

async function rescan(
  options: WatchOptions,
  watches: FolderWatches,
  hints: Hints,
  signal: AbortSignal,
): Promise<void> {
  const { clock, unwatchedRescanMs = 60_000, watchedRescanMs = 900_000 } = options
  let sinceMs = clock.now()
  while (!signal.aborted) {
    await clock.delay(Math.min(unwatchedRescanMs, watchedRescanMs), signal)
    const everyMs = watches.isComplete ? watchedRescanMs : unwatchedRescanMs
    if (signal.aborted || clock.now() - sinceMs < everyMs) continue
    sinceMs = clock.now()
    hints.add(undefined)
  }
}

class Hints {
  readonly #folders = new Map<string, DiskPath>()
  #isAnywhere = false
  #events = 0
  #wake: (() => void) | undefined

  add(folder: DiskPath | undefined): void {
    const isTooMuch = this.#folders.size >= maxHints || ++this.#events > maxEvents
    if (folder === undefined || isTooMuch) this.#isAnywhere = true
    else this.#folders.set(folder.join('/'), folder)
    this.#wake?.()
  }

  /** Something happened of which nothing is to be told; it may have made the system lose others all the same. */
  skip(): void {
    if (++this.#events > maxEvents) this.add(undefined)
  }

  async some(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#isAnywhere || this.#folders.size > 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    signal.addEventListener('abort', () => resolve(), { once: true })
    await promise
    this.#wake = undefined
  }

  take(): (DiskPath | undefined)[] {
    const taken = this.#isAnywhere ? [undefined] : [...this.#folders.values()]
    this.#isAnywhere = false
    this.#events = 0
    this.#folders.clear()
    return taken
  }
}

/**
 * Linux tells of one folder at a time, so each has a watch of its own; Node's recursive one would have one for each file
 * as well. Folders of the built-in rules are left out: whoever takes one back waits for the next look at everything.
 */
class FolderWatches implements Disposable {
  readonly #root: string
  readonly #hints: Hints
  readonly #options: WatchOptions
  readonly #onRootGone: () => void
  readonly #watches = new Map<string, FSWatcher>()
  readonly #isEach = process.platform === 'linux'
  #isClosed = false
  isComplete = true

  constructor(root: string, hints: Hints, options: WatchOptions, onRootGone: () => void) {
    this.#root = root
    this.#hints = hints
    this.#options = options
    this.#onRootGone = onRootGone
  }

  async start(): Promise<void> {
    if (this.#isEach) await this.#watchAll([])
    else this.#watchOne([], true)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    for (const watcher of this.#watches.values()) watcher.close()
    this.#watches.clear()
  }

  async #watchAll(first: DiskPath, onWatched?: (path: DiskPath) => void): Promise<void> {
    const rest = [first]
    for (let path = rest.pop(); path; path = rest.pop()) {
      if (!this.#watchOne(path, false)) continue
      onWatched?.(path)
      for (const name of await this.#foldersIn(path)) rest.push([...path, name])
    }
  }

  async #foldersIn(path: DiskPath): Promise<string[]> {
    try {
      const entries = await readdir(join(this.#root, ...path), { withFileTypes: true })
      return entries.flatMap((entry) =>
        entry.isDirectory() && !this.#isIgnored([...path, entry.name]) ? entry.name : [],
      )
    } catch (error) {
      if (!isAbsence(error)) this.#fail(error)
      return []
    }
  }

  #isIgnored(path: DiskPath): boolean {
    return path.at(-1) === ownFolder || IgnoreRules.builtIn.ignores(path, 'folder')
  }

  #watchOne(path: DiskPath, isRecursive: boolean): boolean {
    const key = path.join('/')
    if (this.#isClosed) return false
    this.#watches.get(key)?.close()
    try {
      const place = join(this.#root, ...path)
      const start = this.#options.watch ?? watch
      const watcher = start(place, { recursive: isRecursive }, (event, name) =>
        this.#happened(path, event, name),
      )
      watcher.on('error', (error) => this.#fail(error))
      watcher.on('close', () => this.#watches.get(key) === watcher && this.#watches.delete(key))
      this.#watches.set(key, watcher)
      return true
    } catch (error) {
      if (!isAbsence(error)) this.#fail(error)
      return false
    }
  }

  #happened(folder: DiskPath, event: string, name: string | null): void {
    const below = name === null ? [] : name.split(sep)
    const path = [...folder, ...below]
    if (path[0] === ownFolder) return
    if (this.#isEach && event === 'rename' && folder.length === 0 && name === basename(this.#root))
      void this.#mayBeRoot(name)
    if (name === null && !this.#isEach) {
      this.#hints.add(undefined)
      return
    }
    if (name !== null && this.#isOwn(path)) {
      this.#hints.skip()
      return
    }
    this.#hints.add(name === null ? folder : path.slice(0, -1))
    if (this.#isEach && event === 'rename' && name !== null) void this.#mayBeFolder(path)
  }

  /** Where events may stand for several at once, as elsewhere, some of them may be somebody else's. */
  #isOwn(path: DiskPath): boolean {
    const { own } = this.#options
    if (!this.#isEach || own?.has(path) !== true) return false
    try {
      const stats = statFileNow(join(this.#root, ...path))
      return own.isAsLeft(path, stats && fingerprintOf(stats))
    } catch {
      return false
    }
  }

  /** Of what happens to a folder itself it is told by its own name: such as that its disk was unmounted, and is watched no more. */
  async #mayBeRoot(name: string): Promise<void> {
    const child = await unlessAbsent(statFile(join(this.#root, name))).catch(() => undefined)
    if (!child) this.#onRootGone()
  }

  /**
   * A folder that came has a watch of its own, and what was put into it before that is looked at. So has each folder in
   * it: that one may have been seen empty, and filled before it was watched.
   */
  async #mayBeFolder(path: DiskPath): Promise<void> {
    const key = path.join('/')
    // Of what was there before, under this name.
    if (this.#watches.has(key))
      for (const [at, watcher] of this.#watches)
        if (at === key || at.startsWith(`${key}/`)) watcher.close()
    if (this.#isIgnored(path) || !(await this.#isFolder(path))) return
    await this.#watchAll(path, (watched) => this.#hints.add(watched))
  }

  async #isFolder(path: DiskPath): Promise<boolean> {
    try {
      return (await statFile(join(this.#root, ...path))).isDirectory()
    } catch (error) {
      if (!isAbsence(error)) this.#fail(error)
      return false
    }
  }

  #fail(error: unknown): void {
    if (!this.isComplete) return
    this.isComplete = false
    this.#hints.add(undefined)
    this.#options.onWatchProblem?.(problemOf(error))
  }
}

function problemOf(error: unknown): WatchProblem {
  const errno = errnoOf(error) ?? 'unknown'
  if (errno === 'ENOSPC' || errno === 'EMFILE') {
    const detail =
      'The system watches no more folders, so changes are found a minute late. More are allowed by: ' +
      'sysctl fs.inotify.max_user_watches=1048576 fs.inotify.max_user_instances=1024'
    return { code: 'watch-limit', detail }
  }
  return { code: 'watch-failed', detail: `Changes are found a minute late: ${errno}` }
}
