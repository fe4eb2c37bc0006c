import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, realpath, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { handOverCluster, inspectCluster, isAlive } from './cluster-directory.ts'
import type { ClusterSite } from './cluster-site.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { type PostmasterFile, readPostmasterFile } from './postmaster-file.ts'
import { makePrivateDirectory, POSTGRES_PORT } from './private-directory.ts'
import { commandAs, ownerOf } from './run-as.ts'
import { COMMAND_ENVIRONMENT, spawnOptions } from './run-command.ts'
import { boundLog, readLogSince, sizeOf } from './server-log.ts'

/** How often something that takes PostgreSQL milliseconds is looked at. */
export const POLL_MS = 10

const FAST_STOP_TIMEOUT_MS = 15_000
const IMMEDIATE_STOP_TIMEOUT_MS = 10_000

/** `occupied`: the children of a killed postmaster, or somebody else's, hold the data directory. */
export type StartOutcome =
  | { readonly kind: 'ready' }
  | { readonly kind: 'occupied'; readonly detail: string }

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  shared_buffers: '64MB',
  max_connections: '100',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_compression: 'on',
  min_wal_size: '80MB',
  max_wal_size: '512MB',
  jit: 'off',
  // Parallel queries meet in /dev/shm, of which a container has 64 MB.
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  timezone: 'UTC',
  logging_collector: 'off',
  // What the server itself does, not the errors of its clients: those are theirs to report, and
  // their statements hold what people wrote.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
}

const EPHEMERAL_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // Many test processes, each with several servers.
  max_connections: '400',
}

/** `stalePid`: what the file of a dead postmaster names; by now it may be any process's number. */
export type PostmasterSighting =
  | { readonly kind: 'running'; readonly file: PostmasterFile }
  | { readonly kind: 'none'; readonly stalePid: number | undefined }

export async function findPostmaster(clusterDir: string): Promise<PostmasterSighting> {
  const file = await readPostmasterFile(clusterDir)
  if (file === undefined) return { kind: 'none', stalePid: undefined }
  if (await isPostmasterOf(file.pid, clusterDir)) return { kind: 'running', file }
  return { kind: 'none', stalePid: file.pid }
}

/**
 * Whether the process is a PostgreSQL that was started on this directory. Its number alone says
 * nothing: after a crash of the machine or a restart of a container another process has it.
 */
export async function isPostmasterOf(pid: number, clusterDir: string): Promise<boolean> {
  const args = await readCommandLine(pid)
  // A process that hides from us is better waited for than run over.
  if (args === undefined) return isAlive(pid)
  const directory = args[args.indexOf('-D') + 1]
  if (!args.includes('-D') || directory === undefined) return false
  if (directory === clusterDir) return true
  return (await realpath(directory).catch(() => undefined)) === clusterDir
}

/** Empty for a process that has ended while nobody has fetched its exit code. */
async function readCommandLine(pid: number): Promise<string[] | undefined> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
    return text?.split('\0')
  }
  const run = promisify(execFile)
  const result = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(
    () => undefined,
  )
  return result && splitCommandLine(result.stdout)
}

/** `ps` joins with spaces; the one argument that matters here is followed by another option. */
function splitCommandLine(line: string): string[] {
  const match = / -D (.+?) -k /.exec(line)
  return match?.[1] === undefined ? [] : ['-D', match[1]]
}

/**
 * Starts PostgreSQL and waits until it accepts connections. It has a session of its own, so that
 * Ctrl+C reaches it only through us, and lives on when we are killed.
 * The caller holds the cluster's lock; `stalePid` is that of a `PostmasterSighting`. Throws an `EmbeddedPostgresError` with the end of
 * PostgreSQL's log when it does not start.
 */
export async function startPostmaster(
  site: ClusterSite,
  stalePid: number | undefined,
  signal: AbortSignal,
): Promise<StartOutcome> {
  const owner = await inspectCluster(site.clusterDir)
  if (owner === undefined) throw new EmbeddedPostgresError('start-failed', 'There is no database.')
  const runAs = await site.runAs(owner)
  if (owner.uid !== ownerOf(runAs).uid) {
    await handOverCluster(site.clusterDir, ownerOf(runAs))
    await rm(site.socketDir, { recursive: true, force: true })
  }
  await makePrivateDirectory(site.socketDir, ownerOf(runAs))
  await removeEmptyLocks(site)
  await boundLog(site.logFile)
  const logSize = await sizeOf(site.logFile)

  await using log = await open(site.logFile, 'a', 0o600)
  const command = commandAs(runAs, site.binaries.postgres, postmasterArguments(site))
  const child = spawn(command.file, command.args, {
    ...spawnOptions(command, ['ignore', log.fd, log.fd]),
    // PostgreSQL would take any process with a dead postmaster's number for that postmaster. It
    // ignores its own grandparent's, and looks for living children of the dead one all the same.
    env: {
      ...COMMAND_ENVIRONMENT,
      ...(stalePid === undefined ? {} : { PG_GRANDPARENT_PID: String(stalePid) }),
    },
    detached: true,
  })
  const failed = once(child, 'error').then(([error]: unknown[]) => String(error))
  const exited = once(child, 'exit').then(([code]: unknown[]) => `exit code ${String(code)}`)
  child.unref()
  const ended = Promise.race([failed, exited])
  // Also when it ends long after we have stopped looking.
  ended.catch(() => undefined)

  const reason = await waitUntilReady(site.clusterDir, child.pid, ended, signal)
  if (reason === undefined) return { kind: 'ready' }
  const detail = (await readLogSince(site.logFile, logSize)) || reason
  if (/lock file ".*" already exists|shared memory block .* is still in use/.test(detail))
    return { kind: 'occupied', detail }
  throw new EmbeddedPostgresError('start-failed', `PostgreSQL did not start: ${detail}`)
}

/** A power cut may leave them so, and PostgreSQL would wait for somebody to fill them. */
async function removeEmptyLocks(site: ClusterSite): Promise<void> {
  const socketLock = join(site.socketDir, `.s.PGSQL.${POSTGRES_PORT}.lock`)
  for (const path of [join(site.clusterDir, 'postmaster.pid'), socketLock]) {
    const found = await stat(path).catch(() => undefined)
    if (found?.size === 0) await rm(path, { force: true })
  }
}

function postmasterArguments(site: ClusterSite): string[] {
  const settings = { ...SETTINGS, ...(site.ephemeral ? EPHEMERAL_SETTINGS : {}) }
  const args = ['-D', site.clusterDir, '-k', site.socketDir, '-p', String(POSTGRES_PORT)]
  return [
    ...args,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

/** Returns why it ended, or nothing when it is ready. */
async function waitUntilReady(
  clusterDir: string,
  pid: number | undefined,
  ended: Promise<string>,
  signal: AbortSignal,
): Promise<string | undefined> {
  let reason: string | undefined
  void ended.then((text) => (reason = text))
  for (;;) {
    const file = await readPostmasterFile(clusterDir)
    if (file?.pid === pid && file?.status === 'ready') return undefined
    if (reason !== undefined) return reason
    await pause(POLL_MS, undefined, { signal })
  }
}

/**
 * Ends all sessions and shuts down, at once if that takes too long. `clusterDir` is where the data
 * directory is now.
 */
export async function stopPostmaster(
  pid: number,
  clusterDir: string,
  how: 'fast' | 'immediate' = 'fast',
): Promise<void> {
  if (how === 'fast') {
    sendSignal(pid, 'SIGINT')
    if (await waitUntilGone(pid, clusterDir, FAST_STOP_TIMEOUT_MS)) return
  }
  sendSignal(pid, 'SIGQUIT')
  if (await waitUntilGone(pid, clusterDir, IMMEDIATE_STOP_TIMEOUT_MS)) return
  throw new Error(`PostgreSQL (process ${pid}) does not stop`)
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It has just ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** The file goes last; the process may stay as a zombie when nobody fetches its exit code. */
async function waitUntilGone(pid: number, clusterDir: string, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    if (!isAlive(pid) || (await readPostmasterFile(clusterDir))?.pid !== pid) return true
    await pause(POLL_MS)
  }
  return false
}
