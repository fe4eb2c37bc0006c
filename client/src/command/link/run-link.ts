import { join } from 'node:path'
import { DiskError } from '../../sync/model/failures.ts'
import type { EngineEvent } from '../../sync/engine/engine-status.ts'
import type { SyncEngine } from '../../sync/engine/sync-engine.ts'
import { openSyncStore } from '../../sync/store/open-sync-store.ts'
import type { CliContext } from '../cli-command.ts'
import { CommandError } from '../command-error.ts'
import { openControlServer } from '../daemon/control-server.ts'
import { exitCodes } from '../exit-codes.ts'
import { FileLock } from '../settings/file-lock.ts'
import type { Link } from '../settings/links.ts'
import { controlAddressOf, linkStateDirOf, lockPathOf, storePathOf } from '../settings/places.ts'
import { LinkAnswers } from './link-answers.ts'
import { clock, createEngine, openDisk, openLinkClient, openThrottles } from './link-parts.ts'
import type { LinkMethod } from './link-methods.ts'
import { Selection } from './selection.ts'
import { TransferMemory } from './transfer-memory.ts'

const missingMs = 5000
const watchMs = 500
/** Longer than the engine waits to see whether what is missing comes up elsewhere. */
const settledMs = 3000

export interface RunLinkOptions {
  readonly signal: AbortSignal
  /** Comes back as soon as nothing is left to do. */
  readonly isOnce: boolean
  readonly onEvent: (event: EngineEvent) => void
}

/** Keeps one link in step until `signal` is aborted or the link is ended. Throws `CommandError` where another does. */
export async function runLink(
  context: CliContext,
  link: Link,
  { signal, isOnce, onEvent }: RunLinkOptions,
): Promise<void> {
  const { places, platform } = context
  using _lock = acquireLock(context, link)
  const ended = new AbortController()
  const until = AbortSignal.any([signal, ended.signal])
  const { store, damagedPath } = openSyncStore(storePathOf(places, link.id), clock.now())
  using _store = store
  if (damagedPath !== undefined)
    context.terminal.note(
      `The database of ${link.path} was damaged; it lies at ${damagedPath}. Both sides are compared anew, and nothing is deleted.`,
    )
  using memory = new TransferMemory(join(linkStateDirOf(places, link.id), 'transfers.sqlite'))
  const throttles = openThrottles(link)
  const client = await openLinkClient(context, link, throttles)
  const excluded = ({ excluded: folders }: Link) => folders.map(({ id }) => id)
  const selection = new Selection(store.trees.remote, link.folderId, excluded(link))
  const answers = new LinkAnswers({ link, store, isRunning: true })
  const reload = async () => {
    const changed = await context.links.find(link.id)
    if (!changed) return ended.abort()
    throttles.up.set(changed.uploadBytesPerSecond)
    throttles.down.set(changed.downloadBytesPerSecond)
    selection.set(excluded(changed))
    answers.takeLink(changed)
  }
  await using _control = await openControlServer(
    controlAddressOf(places, link.id, platform),
    async ({ method, params }, emit, listening) => {
      if (method === 'watch') return watch(answers, emit, AbortSignal.any([listening, until]))
      if (method === 'reload') return reload()
      return answers.answer(method as LinkMethod, params)
    },
  )
  const take = (event: EngineEvent) => {
    answers.note(event)
    onEvent(event)
    if (isOnce) settle()
  }
  let lastEvent = 0
  // An engine that rests may have a next plan, or look again at what was missing a moment ago.
  const settle = () => {
    const event = ++lastEvent
    void clock.delay(settledMs, until).then(() => {
      if (event === lastEvent && answers.isSettled) ended.abort()
    })
  }
  while (!until.aborted) {
    const engine = await openEngine()
    if (engine) {
      answers.engine = engine
      if (link.isPaused) engine.pause()
      await engine.run(until)
    } else await clock.delay(missingMs, until)
  }

  async function openEngine(): Promise<SyncEngine | undefined> {
    try {
      const disk = await openDisk(link)
      await disk.recover()
      return createEngine({ link, store, memory, client, selection }, disk, take)
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
      // Unmounted, or not there yet: nothing can be concluded from that.
      answers.missing = error.message
      take({ kind: 'state', state: 'missing', detail: error.message })
      return undefined
    }
  }
}

function acquireLock({ places }: CliContext, link: Link): FileLock {
  const lock = FileLock.tryAcquire(lockPathOf(places, link.id))
  if (lock) return lock
  throw new CommandError(
    `Another process keeps ${link.path} in step already; see: cloudsync status`,
    exitCodes.alreadyRunning,
  )
}

/** Tells how the link stands, at most twice in a second, and only when that is something else. */
async function watch(
  answers: LinkAnswers,
  emit: (event: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = ''
  while (!signal.aborted) {
    const status = answers.status()
    const text = JSON.stringify(status)
    if (text !== last) emit(status)
    last = text
    await clock.delay(watchMs, signal)
  }
}
