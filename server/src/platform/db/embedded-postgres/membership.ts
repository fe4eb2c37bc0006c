import { stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import pg from 'pg'
import { isUnavailable } from '../database-errors.ts'
import { SUPERUSER } from './cluster-directory.ts'
import type { ClusterSite } from './cluster-site.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { checkPrivateDirectory, POSTGRES_PORT } from './private-directory.ts'

/** A plain object, so that a worker thread can be given it. */
export interface EmbeddedClientConfig {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly ssl: false
}

/**
 * One server's session in the cluster. While it stands it holds a shared advisory lock, which says
 * "somebody needs this PostgreSQL" and, as part of a session, ends with a killed server by itself.
 */
export interface Membership {
  /** Resolves when the session has ended, for whatever reason. */
  readonly lost: Promise<void>
  /**
   * Gives the lock back. `last`: nobody else holds it, and until the session ends nobody can get
   * it, so PostgreSQL can be stopped. Who waits for the lock then starts it again.
   */
  leave(): Promise<'last' | 'others-stay'>
  end(): Promise<void>
}

/** `wait`: somebody is there and not ready. `absent`: nobody listens. */
export type JoinOutcome =
  | { readonly kind: 'joined'; readonly membership: Membership }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'absent'; readonly reason: string }

const DATABASE_NAME = 'cloudsync'

/** Not `cloudsync`: that one may be dropped and restored while servers are members. */
const MEETING_DATABASE = 'postgres'

/** Of the advisory lock, in the meeting database. */
const MEMBERS_LOCK = 0x63_6c_6f_75

const ABSENT_CODES = new Set(['ENOENT', 'ECONNREFUSED'])
/** Of a statement or a sign-in that takes too long. */
const CANCELED_CODE = '57014'

export function clientConfigOf(site: ClusterSite, database = DATABASE_NAME): EmbeddedClientConfig {
  return { host: site.socketDir, port: POSTGRES_PORT, user: SUPERUSER, database, ssl: false }
}

/** Joins the cluster that listens on the site's socket, if it is the site's. */
export async function joinCluster(site: ClusterSite): Promise<JoinOutcome> {
  const cluster = await stat(site.clusterDir).catch(() => undefined)
  const socketDir = await stat(site.socketDir).catch(() => undefined)
  if (cluster === undefined || socketDir === undefined)
    return { kind: 'absent', reason: 'no socket' }
  await checkPrivateDirectory(site.socketDir, cluster)

  const socket = new Socket()
  const client = new pg.Client({
    stream: () => socket,
    ...clientConfigOf(site, MEETING_DATABASE),
    application_name: 'cloudsync membership',
    connectionTimeoutMillis: 5_000,
    // Whoever holds the lock is about to stop PostgreSQL, which ends the wait; unless it hangs.
    statement_timeout: 20_000,
  })
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>()
  client.on('end', lose)
  client.on('error', () => lose())
  try {
    await client.connect()
    if (!(await servesSite(client, site))) {
      await client.end()
      return { kind: 'wait', reason: `another database listens in ${site.socketDir}` }
    }
    await client.query('SELECT pg_advisory_lock_shared($1)', [MEMBERS_LOCK])
    await ensureDatabase(client)
    // A test process ends by itself when its tests are done.
    if (site.ephemeral) socket.unref()
    return { kind: 'joined', membership: membershipOf(client, socket, lost) }
  } catch (error) {
    await client.end().catch(() => undefined)
    return outcomeOf(error)
  }
}

function membershipOf(client: pg.Client, socket: Socket, lost: Promise<void>): Membership {
  return {
    lost,
    async leave() {
      socket.ref()
      // In this order: of two that leave at once, the later one finds the lock free.
      await client.query('SELECT pg_advisory_unlock_shared($1)', [MEMBERS_LOCK])
      const result = await client.query<{ last: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS last',
        [MEMBERS_LOCK],
      )
      return result.rows[0]?.last === true ? 'last' : 'others-stay'
    },
    async end() {
      await client.end().catch(() => undefined)
    },
  }
}

/** A copied data directory still names the socket of the original. */
async function servesSite(client: pg.Client, site: ClusterSite): Promise<boolean> {
  const result = await client.query<{ directory: string }>(
    "SELECT current_setting('data_directory') AS directory",
  )
  const served = await stat(result.rows[0]?.directory ?? '').catch(() => undefined)
  const ours = await stat(site.clusterDir).catch(() => undefined)
  return served !== undefined && served.ino === ours?.ino && served.dev === ours.dev
}

async function ensureDatabase(client: pg.Client): Promise<void> {
  const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE_NAME])
  if (found.rowCount !== 0) return
  try {
    await client.query(`CREATE DATABASE ${DATABASE_NAME}`)
  } catch (error) {
    // Another server did so at the same moment; which error that gives depends on how close it was.
    if (!(error instanceof pg.DatabaseError && ['42P04', '23505'].includes(error.code ?? '')))
      throw error
  }
}

function outcomeOf(error: unknown): JoinOutcome {
  if (!(error instanceof Error)) throw error
  const code = 'code' in error ? String(error.code) : ''
  if (ABSENT_CODES.has(code)) return { kind: 'absent', reason: error.message }
  // Starting or stopping, cut off while stopping, or out of connections.
  if (isUnavailable(error) || code === CANCELED_CODE) return { kind: 'wait', reason: error.message }
  throw new EmbeddedPostgresError(
    'start-failed',
    `PostgreSQL does not let us in: ${error.message}`,
    { cause: error },
  )
}
