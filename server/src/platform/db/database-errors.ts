import pg from 'pg'
import { BreakerOpenError } from '../resilience/breaker.ts'
import { whyStale } from './frequent-statements.ts'

/** What a failure of the database means for whoever ran into it. */
export type DatabaseFailure =
  /** A row is in the way; `constraint` is the name of the constraint or unique index. */
  | { readonly kind: 'unique_violation'; readonly constraint: string; readonly retryable: false }
  /** Lost against another transaction; nothing was written. `inTransaction` has retried already. */
  | { readonly kind: 'conflict'; readonly retryable: true }
  /** No database, or none that takes writes, at the moment; nothing was written. */
  | { readonly kind: 'unavailable'; readonly retryable: true }
  /** The connection broke during the commit: it is written or it is not. Retry only what is idempotent. */
  | { readonly kind: 'outcome_unknown'; readonly retryable: true }
  | { readonly kind: 'other'; readonly retryable: false }

/** The connection broke while the transaction was being committed. */
export class CommitOutcomeUnknownError extends Error {
  override readonly name = 'CommitOutcomeUnknownError'

  constructor(cause: unknown) {
    super('The connection broke during the commit: it may have happened or not', { cause })
  }
}

export function classifyDatabaseError(error: unknown): DatabaseFailure {
  if (error instanceof CommitOutcomeUnknownError)
    return { kind: 'outcome_unknown', retryable: true }
  if (error instanceof pg.DatabaseError) return classifySqlState(error)
  if (isConnectionFailure(error)) return { kind: 'unavailable', retryable: true }
  return { kind: 'other', retryable: false }
}

/** Whether the database could not be reached, or broke off: try again later, as a 503 says. */
export function isUnavailable(error: unknown): boolean {
  const { kind } = classifyDatabaseError(error)
  return kind === 'unavailable' || kind === 'outcome_unknown'
}

/** Whether a row is in the way, if given by the constraint or unique index of this name. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const failure = classifyDatabaseError(error)
  return (
    failure.kind === 'unique_violation' &&
    (constraint === undefined || failure.constraint === constraint)
  )
}

/** Whether what a row refers to by the constraint of this name is not there. */
export function isForeignKeyViolation(error: unknown, constraint: string): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === '23503' && error.constraint === constraint
  )
}

/** A serialization failure, a deadlock or a prepared statement that has grown stale: the same transaction may succeed when run again. */
export function isConflict(error: unknown): boolean {
  return classifyDatabaseError(error).kind === 'conflict'
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
function classifySqlState(error: pg.DatabaseError): DatabaseFailure {
  const code = error.code ?? ''
  if (code === '23505')
    return { kind: 'unique_violation', constraint: error.constraint ?? '', retryable: false }
  const isConflict = code === '40001' || code === '40P01' || whyStale(error) !== undefined
  if (isConflict) return { kind: 'conflict', retryable: true }
  if (UNAVAILABLE_SQL_STATES.test(code)) return { kind: 'unavailable', retryable: true }
  return { kind: 'other', retryable: false }
}

/**
 * Connection (08), resources such as disk and connections (53), shutdown and start (57P0), I/O
 * (58030), a session ended for idling (25P03), a lock that was not to be had in time (55P03), and a primary
 * that became a standby (25006).
 */
const UNAVAILABLE_SQL_STATES = /^(08...|53...|57P0.|58030|25P03|55P03|25006)$/

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
])
const NETWORK_CALLS = new Set(['connect', 'read', 'write', 'getaddrinfo'])

/** pg, pg-pool and Kysely throw these as plain errors. */
const DRIVER_MESSAGES = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Cannot use a pool after calling end on the pool',
  'Postgres connection has been discarded',
  'driver has already been destroyed',
])

function isConnectionFailure(error: unknown): boolean {
  // A host name with several addresses: one failure for each.
  if (error instanceof AggregateError) return error.errors.some(isConnectionFailure)
  if (error instanceof BreakerOpenError) return true
  if (!(error instanceof Error)) return false
  if (DRIVER_MESSAGES.has(error.message)) return true
  if (!('code' in error) || !('syscall' in error)) return false
  return NETWORK_CODES.has(String(error.code)) && NETWORK_CALLS.has(String(error.syscall))
}
