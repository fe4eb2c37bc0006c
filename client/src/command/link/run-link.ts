import { once } from 'node:events'
import { join } from 'node:path'
import type { NodeId } from '@cloudsync/protocol'
import type { CloudSyncClient } from '../../sdk/index.ts'
import type { NodeDisk } from '../../sync/disk/node-disk.ts'
import type { EngineEvent } from '../../sync/engine/engine-status.ts'
import { DiskError, StoreError } from '../../sync/model/failures.ts'
import { openSyncStore } from '../../sync/store/open-sync-store.ts'
import type { SyncStore } from '../../sync/store/sync-store.ts'
import type { CliContext } from '../cli-command.ts'
import { CommandError } from '../command-error.ts'
import { askDaemon } from '../daemon/control-client.ts'
import { openControlServer } from '../daemon/control-server.ts'
import { exitCodes, type ExitCode } from '../exit-codes.ts'
import { FileLock } from '../settings/file-lock.ts'
import type { Link } from '../settings/links.ts'
import { controlAddressOf, linkStateDirOf, lockPathOf, storePathOf } from '../settings/places.ts'
import type { Throttles } from './limited-fetch.ts'
import { LinkAnswers, signedOutDetail } from './link-answers.ts'
import { clock, createEngine, openDisk, openLinkClient, openThrottles } from './link-parts.ts'
import type { LinkMethod } from './link-methods.ts'
import { onceOutcome, type OnceOutcome } from './once-outcome.ts'
import { Selection } from './selection.ts'
import { TransferMemory } from './transfer-memory.ts'

const missingMs = 5000
/** Who asks about a link that nobody runs has its lock for a moment, and answers nothing. */
const askedWaitMs = 10_000
const watchMs = 500
/** Longer than the engine waits to see whether what is missing comes up elsewhere. */
const settledMs = 3000

export interface RunLinkOptions {
  readonly signal: AbortSignal
  /** Comes back as soon as nothing is left that could be done now. */
  readonly isOnce: boolean
  readonly onEvent: (event: EngineEvent) => void
}

/**
 * Keeps one link in step until `signal` is aborted or the link is ended; with `isOnce` says how it came out. Throws
 * `CommandError` where another process does, or nobody is signed in.
 */
export async function runLink(
  context: CliContext,
  link: Link,
  { signal, isOnce, onEvent }: RunLinkOptions,
): Promise<ExitCode> {
  const { places, platform } = context
  using _lock = await acquireLock(context, link)
  const ended = new AbortController()
  const until = AbortSignal.any([signal, ended.signal])
  using store = openStore(context, link)
  using memory = new TransferMemory(join(linkStateDirOf(places, link.id), 'transfers.sqlite'))
  const throttles = openThrottles(link)
  const selection = new Selection(store.trees.remote, link.folderId, excludedIds(link))
  const answers = new LinkAnswers({ link, store, isRunning: true })
  /** Ends what goes on in the name of a sign-in that is no longer the one that counts. */
  let signedIn = new AbortController()
  const reload = async () => {
    const changed = await context.links.find(link.id)
    if (!changed) return ended.abort()
    throttles.up.set(changed.uploadBytesPerSecond)
    throttles.down.set(changed.downloadBytesPerSecond)
    selection.set(excludedIds(changed))
    answers.takeLink(changed)
  }
  await using _control = await openControlServer(
    controlAddressOf(places, link.id, platform),
    async ({ method, params }, emit, listening) => {
      if (method === 'watch') return watch(answers, emit, AbortSignal.any([listening, until]))
      if (method === 'reload') return reload()
      if (method === 'signed-in') return signedIn.abort()
      return answers.answer(method as LinkMethod, params)
    },
  )
  let outcome: OnceOutcome | undefined
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
      if (event !== lastEvent || until.aborted) return
      outcome = onceOutcome(answers.status())
      if (outcome) ended.abort()
    })
  }
  // Who is not signed in when it starts is told so by its end; later on they are waited for.
  let client: CloudSyncClient | undefined = await openLinkClient(context, link, throttles)
  while (!until.aborted) {
    signedIn = new AbortController()
    client ??= await findClient(context, link, throttles)
    if (!client) {
      answers.signedOut = true
      take({ kind: 'state', state: 'offline', detail: signedOutDetail })
      await untilAborted(AbortSignal.any([until, signedIn.signal]))
      continue
    }
    answers.signedOut = false
    const disk = await findDisk(link, (detail) => {
      // Unmounted, or not there yet: nothing can be concluded from that.
      answers.missing = detail
      take({ kind: 'state', state: 'missing', detail })
    })
    if (!disk) {
      await clock.delay(missingMs, until)
      continue
    }
    const engine = createEngine({ link, store, memory, client, selection }, disk, take)
    answers.takeEngine(engine)
    try {
      await engine.run(AbortSignal.any([until, signedIn.signal]))
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      // The disk is full. The next engine looks at everything anew, as after a crash.
      await clock.delay(missingMs, until)
      continue
    }
    client = undefined
  }
  if (outcome?.message !== undefined) throw new CommandError(outcome.message, outcome.exitCode)
  return outcome?.exitCode ?? exitCodes.done
}

/** `undefined`: nobody is signed in. */
async function findClient(
  context: CliContext,
  link: Link,
  throttles: Throttles,
): Promise<CloudSyncClient | undefined> {
  try {
    return await openLinkClient(context, link, throttles)
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === exitCodes.notSignedIn) return undefined
    throw error
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

function excludedIds({ excluded }: Link): readonly NodeId[] {
  return excluded.map(({ id }) => id)
}

function openStore({ places, terminal }: CliContext, { id, path }: Link): SyncStore {
  const { store, damagedPath } = openSyncStore(storePathOf(places, id), clock.now())
  if (damagedPath !== undefined)
    terminal.note(
      `The database of ${path} was damaged; it lies at ${damagedPath}. Both sides are compared anew, and nothing is deleted.`,
    )
  return store
}

async function findDisk(
  link: Link,
  onMissing: (detail: string) => void,
): Promise<NodeDisk | undefined> {
  try {
    const disk = await openDisk(link)
    await disk.recover()
    return disk
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    onMissing(error.message)
    return undefined
  }
}

async function acquireLock(
  { places, platform, signal }: CliContext,
  link: Link,
): Promise<FileLock> {
  const path = lockPathOf(places, link.id)
  const isRun = async () =>
    (await askDaemon(controlAddressOf(places, link.id, platform), 'status', {}, { signal })) !==
    'not-running'
  const lock =
    FileLock.tryAcquire(path) ??
    ((await isRun()) ? undefined : await FileLock.acquire(path, askedWaitMs))
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
