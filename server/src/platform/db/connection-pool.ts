import pg from 'pg'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { Breaker, BreakerOpenError } from '../resilience/breaker.ts'
import { BreakingPool } from './breaking-pool.ts'
import { isUnavailable } from './database-errors.ts'
import type { EmbeddedClientConfig } from './embedded-postgres/membership.ts'
import { parseTimestamp } from './parse-timestamp.ts'
import { ping } from './ping.ts'
import { ServerClient } from './server-client.ts'
import { SilenceWatch } from './silence-watch.ts'

/** How to connect. A plain object, so that a worker thread can be given it and open a pool of its own. */
export type DatabaseClientConfig = EmbeddedClientConfig | { readonly connectionString: string }

export interface PoolOptions {
  /** For those of the circuit breaker. */
  readonly metrics?: Registry | undefined
  /** Default 20. */
  readonly maxConnections?: number
}

const DEFAULT_MAX_CONNECTIONS = 20
const CONNECT_TIMEOUT_MS = 10_000
/** A database that is back is noticed so late, and a person hardly does. */
const BREAKER_PAUSE_MS = 500
const IDLE_CONNECTION_TIMEOUT_MS = 30_000
/** So soon the system asks a connection that says nothing whether it lives. */
const KEEP_ALIVE_AFTER_MS = 10_000
/** A node that hangs, or is cut off, must not hold its row locks until TCP gives up after hours. */
const IDLE_TRANSACTION_TIMEOUT_MS = 60_000
/** Whoever waits longer for what somebody else holds is told to come again. */
const LOCK_TIMEOUT_MS = 60_000
/** Before connections are given up; a database that has much to do gets some time to answer. */
const SILENT_PING_TIMEOUT_MS = 3_000

/**
 * A pool whose broken connections never end the process. `bigint` columns are read as numbers; a value
 * beyond 2^53 fails its query instead of losing digits (select it `::text`).
 */
export function openPool(
  config: DatabaseClientConfig,
  log: Logger,
  options: PoolOptions = {},
): pg.Pool {
  const breaker = new Breaker({
    name: 'postgresql',
    metrics: options.metrics,
    isFailure: isUnavailable,
    pauseMs: BREAKER_PAUSE_MS,
  })
  const settings = {
    ...config,
    Client: ServerClient,
    types: createTypeParsers(),
    application_name: 'cloudsync',
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    max: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_TIMEOUT_MS,
    // The pool waits for it, though its type does not say so.
    onConnect: setUp as (client: pg.ClientBase) => void,
  }
  const pool = new BreakingPool(settings, { breaker, ping: () => ping(config) })
  const watch = new SilenceWatch({
    answers: () => answers(config),
    onSilent() {
      log.error('The database does not answer: its connections are given up')
      void breaker.trip(new BreakerOpenError('postgresql'))
    },
  })
  // Whoever uses a connection learns from the query; an idle one is replaced. Without a listener of
  // our own an error between two statements of a transaction would be an uncaught exception.
  pool.on('error', (error) => log.warn({ err: error }, 'An idle database connection broke'))
  pool.on('connect', (client) => {
    client.on('error', () => undefined)
    watch.add(client)
  })
  return pool
}

/** By statements: poolers such as PgBouncer refuse them as parameters of the connection. */
async function setUp(client: pg.ClientBase): Promise<void> {
  await client.query({
    // What takes long here waits for others; compiling it takes longer.
    text: `SET idle_in_transaction_session_timeout = ${IDLE_TRANSACTION_TIMEOUT_MS};
           SET lock_timeout = ${LOCK_TIMEOUT_MS};
           SET jit = off`,
    // Nobody watches over it yet, and the pool would wait for it for ever.
    query_timeout: CONNECT_TIMEOUT_MS,
  } as pg.QueryConfig)
}

/** Whether there is a database, be it one that takes nobody in for the moment. */
async function answers(config: DatabaseClientConfig): Promise<boolean> {
  try {
    await ping(config, SILENT_PING_TIMEOUT_MS)
    return true
  } catch (error) {
    return error instanceof pg.DatabaseError
  }
}

function createTypeParsers(): pg.TypeOverrides {
  const types = new pg.TypeOverrides()
  types.setTypeParser(pg.types.builtins.INT8, 'text', parseInt8)
  types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text', parseTimestamp)
  return types
}

function parseInt8(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new RangeError(`The bigint ${text} does not fit a number`)
}
