import { lstat, realpath } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { attachToCluster } from './attach-to-cluster.ts'
import { inspectCluster, makeDataDirectory } from './cluster-directory.ts'
import { tryLockCluster } from './cluster-lock.ts'
import type { ClusterSite } from './cluster-site.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { discardCluster } from './ephemeral-cluster.ts'
import {
  clientConfigOf,
  type EmbeddedClientConfig,
  joinCluster,
  type Membership,
} from './membership.ts'
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'
import { findPostmaster, POLL_MS, stopPostmaster } from './postmaster.ts'
import { chooseSocketDirectory } from './private-directory.ts'
import { chooseRunAs, currentOwner } from './run-as.ts'
import { boundLog } from './server-log.ts'

/** `restarting`: PostgreSQL is gone and being brought back; queries fail meanwhile. */
export type EmbeddedPostgresState = 'ready' | 'restarting' | 'stopped'

export interface EmbeddedPostgresOptions {
  /** Made if missing. The database lies in `postgres` below it. */
  readonly dataDir: string
  readonly log: Logger
  readonly onStateChange?: (state: EmbeddedPostgresState) => void
  /**
   * For tests: no fsync, the last user takes the database away, and it does not keep the process
   * alive. Default false.
   */
  readonly ephemeral?: boolean
  /** Default: those of the npm package. */
  readonly binaries?: PostgresBinaries
  /** How long to wait for PostgreSQL, which may have to recover from a crash. Default 2 minutes. */
  readonly startTimeoutMs?: number
}

/**
 * A member's hold on a private PostgreSQL. Several servers on one data directory share one; the last
 * that is disposed of stops it. It survives a killed server, and the next one finds it.
 */
export interface EmbeddedPostgres extends AsyncDisposable {
  readonly clientConfig: EmbeddedClientConfig
  readonly state: EmbeddedPostgresState
}

const DEFAULT_START_TIMEOUT_MS = 120_000
const LOCK_TIMEOUT_MS = 10_000
const LOG_CHECK_INTERVAL_MS = 60_000
const FIRST_RESTART_DELAY_MS = 100
const LONGEST_RESTART_DELAY_MS = 5_000
/** What runs so long did not crash because it was started. */
const STABLE_AFTER_MS = 60_000

/** Resolves when PostgreSQL answers. Throws an `EmbeddedPostgresError` that says what to do. */
export async function openEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const site = await describeSite(options)
  const closing = new AbortController()
  const timeoutMs = options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS
  const membership = await attachToCluster(site, {
    mayCreate: true,
    timeoutMs,
    signal: closing.signal,
  })
  return new ClusterMember(site, membership, closing, timeoutMs, options.onStateChange)
}

async function describeSite(options: EmbeddedPostgresOptions): Promise<ClusterSite> {
  await makeDataDirectory(options.dataDir)
  const stat = await lstat(options.dataDir)
  const isOurs = stat.isDirectory() && stat.uid === currentOwner().uid
  // It lies where everybody can make one.
  if (options.ephemeral === true && !isOurs)
    throw new EmbeddedPostgresError('foreign-data', `${options.dataDir} belongs to somebody else.`)
  const dataDir = await realpath(options.dataDir)
  const clusterDir = join(dataDir, 'postgres')
  // What cannot be ours to use cannot be looked into either.
  await inspectCluster(clusterDir)
  const running = await findPostmaster(clusterDir)
  const socketDir =
    (running.kind === 'running' ? running.file.socketDirectory : undefined) ??
    chooseSocketDirectory(dataDir)
  const binaries = options.binaries ?? (await findPostgresBinaries())
  return {
    dataDir,
    clusterDir,
    socketDir,
    logFile: join(dataDir, 'postgres.log'),
    binaries,
    ephemeral: options.ephemeral ?? false,
    log: options.log,
    runAs: (clusterOwner) =>
      chooseRunAs({ binaries, clusterOwner, directories: [dataDir, join(socketDir, '..')] }),
  }
}

class ClusterMember implements EmbeddedPostgres {
  readonly clientConfig: EmbeddedClientConfig
  readonly #site: ClusterSite
  readonly #closing: AbortController
  readonly #startTimeoutMs: number
  readonly #onStateChange: ((state: EmbeddedPostgresState) => void) | undefined
  readonly #watching: Promise<void>
  readonly #logCheck: NodeJS.Timeout
  #membership: Membership
  #state: EmbeddedPostgresState = 'ready'
  #closed: Promise<void> | undefined

  constructor(
    site: ClusterSite,
    membership: Membership,
    closing: AbortController,
    startTimeoutMs: number,
    onStateChange: ((state: EmbeddedPostgresState) => void) | undefined,
  ) {
    this.#site = site
    this.#membership = membership
    this.#closing = closing
    this.#startTimeoutMs = startTimeoutMs
    this.#onStateChange = onStateChange
    this.clientConfig = clientConfigOf(site)
    this.#logCheck = setInterval(() => this.#boundLog(), LOG_CHECK_INTERVAL_MS).unref()
    this.#watching = this.#watch(closing.signal)
  }

  get state(): EmbeddedPostgresState {
    return this.#state
  }

  /** May be called more than once. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const aborted = once(signal, 'abort')
    let failures = 0
    while (!signal.aborted) {
      const readySince = performance.now()
      await Promise.race([this.#membership.lost, aborted])
      if (signal.aborted) return
      if (performance.now() - readySince > STABLE_AFTER_MS) failures = 0
      this.#setState('restarting')
      this.#site.log.error('The embedded PostgreSQL is gone; bringing it back')
      failures = await this.#comeBack(failures, signal)
    }
  }

  /** Returns how often it failed since PostgreSQL was last stable. Ends only with success or abort. */
  async #comeBack(failuresBefore: number, signal: AbortSignal): Promise<number> {
    for (let failures = failuresBefore; ; failures++) {
      try {
        if (failures > 0) await pause(restartDelayMs(failures), undefined, { signal })
        const timeoutMs = this.#startTimeoutMs
        this.#membership = await attachToCluster(this.#site, {
          mayCreate: false,
          timeoutMs,
          signal,
        })
        this.#setState('ready')
        this.#site.log.info('The embedded PostgreSQL is back')
        return failures + 1
      } catch (error) {
        if (signal.aborted) return failures
        this.#site.log.error({ err: error }, 'The embedded PostgreSQL could not be brought back')
      }
    }
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#logCheck)
    await this.#watching
    try {
      const hasLeft = this.#state === 'ready' && (await this.#leave(this.#membership))
      if (!hasLeft) await this.#leaveUnready()
    } finally {
      this.#setState('stopped')
    }
  }

  /** Returns whether the session still stood. */
  async #leave(membership: Membership): Promise<boolean> {
    try {
      const leaving = await membership.leave().catch(() => undefined)
      if (leaving === 'last') await this.#stop()
      return leaving !== undefined
    } finally {
      await membership.end()
    }
  }

  async #stop(): Promise<void> {
    const { clusterDir, ephemeral } = this.#site
    using _lock = await this.#lockSoon()
    const running = await findPostmaster(clusterDir)
    // In another container, on the same volume.
    if (running.kind === 'none') return
    if (ephemeral) await discardCluster(this.#site, running.file.pid)
    else await stopPostmaster(running.file.pid, clusterDir)
  }

  /** Who has it finds that PostgreSQL runs, and waits for us without it. */
  async #lockSoon(): Promise<Disposable | undefined> {
    const deadline = performance.now() + LOCK_TIMEOUT_MS
    for (;;) {
      const lock = tryLockCluster(this.#site)
      if (lock !== undefined || performance.now() > deadline) return lock
      await pause(POLL_MS)
    }
  }

  /**
   * While PostgreSQL is away it cannot be asked who else needs it. One that is not ready has no users;
   * unless somebody else is starting it, it is of our own starting.
   */
  async #leaveUnready(): Promise<void> {
    const outcome = await joinCluster(this.#site)
    if (outcome.kind === 'joined') {
      await this.#leave(outcome.membership)
      return
    }
    using lock = tryLockCluster(this.#site)
    if (lock === undefined) return
    const running = await findPostmaster(this.#site.clusterDir)
    if (running.kind === 'running' && running.file.status !== 'ready')
      await stopPostmaster(running.file.pid, this.#site.clusterDir)
  }

  #setState(state: EmbeddedPostgresState): void {
    if (this.#state === state) return
    this.#state = state
    this.#onStateChange?.(state)
  }

  #boundLog(): void {
    boundLog(this.#site.logFile).catch((error: unknown) =>
      this.#site.log.warn({ err: error }, "PostgreSQL's log could not be kept short"),
    )
  }
}

function restartDelayMs(failures: number): number {
  return Math.min(LONGEST_RESTART_DELAY_MS, FIRST_RESTART_DELAY_MS * 2 ** (failures - 1))
}
