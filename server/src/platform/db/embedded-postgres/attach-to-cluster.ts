import { setTimeout as pause } from 'node:timers/promises'
import { createCluster, inspectCluster } from './cluster-directory.ts'
import { tryLockCluster } from './cluster-lock.ts'
import type { ClusterSite } from './cluster-site.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { removeDiscardedClusters } from './ephemeral-cluster.ts'
import { joinCluster, type JoinOutcome, type Membership } from './membership.ts'
import { findPostmaster, POLL_MS, startPostmaster } from './postmaster.ts'

/** Between starts that find the children of a killed postmaster still there. */
const OCCUPIED_POLL_MS = 50

/** Longer than any start but a recovery from a crash. */
const TELL_AFTER_MS = 3_000

export interface AttachOptions {
  /** Whether a missing cluster is made. Never under a running server: it would find itself empty. */
  readonly mayCreate: boolean
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

type Attempt = JoinOutcome | { readonly kind: 'occupied'; readonly reason: string }

/**
 * Becomes a member of the cluster, and makes or starts it when need be. Any number of processes may
 * do so at once, and any may be killed at any point:
 *
 *     join its socket ── joined ─▶ done
 *        ▲  │  └─ somebody is there, not ready ───────────────▶ wait
 *        │  nobody listens
 *        │  └─▶ take the lock ── somebody has it ─────────────▶ wait
 *        │         └─ no data ─▶ make it ─┐
 *        │         └──────────────────────┴▶ a postmaster lives ▶ wait
 *        └─────────────────────────── none ─▶ start it
 */
export async function attachToCluster(
  site: ClusterSite,
  options: AttachOptions,
): Promise<Membership> {
  const startedAt = performance.now()
  let hasTold = false
  for (;;) {
    const attempt = await joinOrStart(site, options)
    if (attempt.kind === 'joined') return attempt.membership
    const waitedMs = performance.now() - startedAt
    if (waitedMs > options.timeoutMs)
      throw new EmbeddedPostgresError(
        'start-failed',
        `PostgreSQL did not become ready in ${options.timeoutMs / 1000} s: ${attempt.reason}. Its log is ${site.logFile}.`,
      )
    if (!hasTold && waitedMs > TELL_AFTER_MS) {
      site.log.info({ reason: attempt.reason }, 'Waiting for PostgreSQL')
      hasTold = true
    }
    const delayMs = attempt.kind === 'occupied' ? OCCUPIED_POLL_MS : POLL_MS
    await pause(delayMs, undefined, { signal: options.signal })
  }
}

async function joinOrStart(site: ClusterSite, options: AttachOptions): Promise<Attempt> {
  const outcome = await joinCluster(site)
  if (outcome.kind !== 'absent') return outcome
  {
    using lock = tryLockCluster(site)
    if (lock === undefined) return { kind: 'wait', reason: 'another server is starting it' }
    if ((await inspectCluster(site.clusterDir)) === undefined) await create(site, options)
    const sighting = await findPostmaster(site.clusterDir)
    if (sighting.kind === 'running') {
      const { pid, status } = sighting.file
      return { kind: 'wait', reason: `process ${pid} is ${status ?? 'starting'}` }
    }
    const start = await startPostmaster(site, sighting.stalePid, options.signal)
    if (start.kind === 'occupied') return { kind: 'occupied', reason: start.detail }
  }
  return joinCluster(site)
}

async function create(site: ClusterSite, options: AttachOptions): Promise<void> {
  if (!options.mayCreate)
    throw new EmbeddedPostgresError('start-failed', `${site.clusterDir} has disappeared.`)
  const startedAt = performance.now()
  if (site.ephemeral) await removeDiscardedClusters(site)
  await createCluster(site)
  const durationMs = Math.round(performance.now() - startedAt)
  site.log.info({ dataDir: site.clusterDir, durationMs }, 'Created a database')
}
