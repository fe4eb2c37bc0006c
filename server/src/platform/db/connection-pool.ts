import pg from 'pg'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { Breaker } from '../resilience/breaker.ts'
import { BreakingPool } from './breaking-pool.ts'
import { isUnavailable } from './database-errors.ts'
import type { EmbeddedClientConfig } from './embedded-postgres/membership.ts'
import { parseTimestamp } from './parse-timestamp.ts'
import { PreparingClient } from './prepared-statements.ts'

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
/** A node that hangs, or is cut off, must not hold its row locks until TCP gives up after hours. */
const IDLE_TRANSACTION_TIMEOUT_MS = 60_000

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
    Client: PreparingClient,
    types: createTypeParsers(),
    application_name: 'cloudsync',
    keepAlive: true,
    max: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_CONNECTION_TIMEOUT_MS,
    // The pool waits for it, though its type does not say so.
    onConnect: setUp as (client: pg.ClientBase) => void,
  }
  const pool = new BreakingPool(settings, breaker)
  // Whoever uses a connection learns from the query; an idle one is replaced. Without a listener of
  // our own an error between two statements of a transaction would be an uncaught exception.
  pool.on('error', (error) => log.warn({ err: error }, 'An idle database connection broke'))
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** By statements: poolers such as PgBouncer refuse them as parameters of the connection. */
async function setUp(client: pg.ClientBase): Promise<void> {
  await client.query(`SET idle_in_transaction_session_timeout = ${IDLE_TRANSACTION_TIMEOUT_MS}`)
  // What takes long here waits for others; compiling it takes longer.
  await client.query('SET jit = off')
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
