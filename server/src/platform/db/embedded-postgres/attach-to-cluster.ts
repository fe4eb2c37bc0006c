import { setTimeout as pause } from 'node:timers/promises'
import { createCluster, inspectCluster } from './cluster-directory.ts'
import type { ClusterSite } from './cluster-site.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { removeDiscardedClusters } from './ephemeral-cluster.ts'
import { joinCluster, type Membership } from './membership.ts'
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

/**
 * Becomes a member of the cluster, and starts or makes it when need be. Any number of processes may
 * do so at once, and any may be killed at any point, without a lock of ours:
 *
 *     join its socket ──joined──▶ done
 *       │  ▲     ▲ └──somebody, not ready──▶ wait ─▶ again
 *       │  │     └──────────────────────────────────┘
 *       │  └── somebody else starts it, or it is dying: wait ─▶ again
 *     nobody listens ─▶ no data: make it (rename decides who wins) ─▶ start it
 *                       (postmaster.pid decides who wins) ─▶ join
 */
export async function attachToCluster(
  site: ClusterSite,
  options: AttachOptions,
): Promise<Membership> {
  const startedAt = performance.now()
  let hasTold = false
  for (;;) {
    if ((await inspectCluster(site.clusterDir)) === undefined) await create(site, options)
    const attempt = await tryToAttach(site, options.signal)
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
    await pause(attempt.kind === 'occupied' ? OCCUPIED_POLL_MS : POLL_MS, undefined, {
      signal: options.signal,
    })
  }
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

type Attempt =
  | { readonly kind: 'joined'; readonly membership: Membership }
  | { readonly kind: 'wait' | 'occupied'; readonly reason: string }

async function tryToAttach(site: ClusterSite, signal: AbortSignal): Promise<Attempt> {
  try {
    return await joinOrStart(site, signal)
  } catch (error) {
    const wasTakenAway = site.ephemeral && (await inspectCluster(site.clusterDir)) === undefined
    if (wasTakenAway && !signal.aborted) return { kind: 'wait', reason: 'its data was taken away' }
    throw error
  }
}

async function joinOrStart(site: ClusterSite, signal: AbortSignal): Promise<Attempt> {
  const before = await joinCluster(site)
  if (before.kind !== 'absent') return before
  const other = await findPostmaster(site.clusterDir)
  if (other.kind === 'running') {
    const { pid, status } = other.file
    return { kind: 'wait', reason: `process ${pid} is ${status ?? 'starting'}` }
  }
  const start = await startPostmaster(site, other.stalePid, signal)
  if (start.kind === 'occupied') return { kind: 'occupied', reason: start.detail }
  const after = await joinCluster(site)
  return after.kind === 'absent' ? { ...after, kind: 'wait' } : after
}
