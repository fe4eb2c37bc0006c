import type { Problem } from '@cloudsync/protocol'
import { CloudSyncError, NetworkError } from '../../sdk/index.ts'
import { RemoteError } from '../model/failures.ts'
import type { RemoteOutcome } from '../ports.ts'

/** What the caller said is there is no longer so, or nothing is there at all: the feed tells more. */
const staleCodes: ReadonlySet<string> = new Set([
  'precondition_failed',
  'not_found',
  'trashed',
  'sealed',
])

/** Passing troubles of a server that is there, beside what the catalogue calls retryable. */
const passingCodes: ReadonlySet<string> = new Set([
  'upload_conflict',
  'upload_locked',
  'request_timeout',
])

/** The same bytes would be refused again, whatever the catalogue says of a line that spoils them. */
const finalCodes: ReadonlySet<string> = new Set(['hash_mismatch'])

/**
 * Runs a call. What the server says no to becomes an outcome; that it cannot be reached, is busy or does not know the
 * caller any more, a `RemoteError`, which is thrown. Anything else, an abort included, goes through.
 */
export async function asOutcome<T>(
  call: () => Promise<T>,
  meaningOf: (code: string, detail: string) => NoOutcome = outcomeOfRefusal,
): Promise<RemoteOutcome<T>> {
  try {
    return { kind: 'done', value: await call() }
  } catch (error) {
    const found = outcomeOfError(error, meaningOf)
    if (found) return found
    throw error
  }
}

/** As `asOutcome`, for what has no outcome: a no is a `RemoteError` too. */
export async function orRemoteError<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw asRemoteError(error)
  }
}

/** The outcome that an answer stands for; `undefined` where it is none. Throws `RemoteError`. */
export function outcomeOfError(
  error: unknown,
  meaningOf: (code: string, detail: string) => NoOutcome = outcomeOfRefusal,
): RemoteOutcome<never> | undefined {
  if (error instanceof NetworkError) throw asRemoteError(error)
  if (!(error instanceof CloudSyncError)) return undefined
  if (isPassing(error)) throw asRemoteError(error)
  return meaningOf(error.code, error.message)
}

/** Of one item of a batch, which is answered by itself. */
export function outcomeOfProblem({ code, title, detail }: Problem): RemoteOutcome<never> {
  return outcomeOfRefusal(code, detail === undefined ? title : `${title}: ${detail}`)
}

type NoOutcome = Exclude<RemoteOutcome<never>, { kind: 'done' }>

/** What a no of the server means for whoever would change what is there. */
export function outcomeOfRefusal(code: string, detail: string): NoOutcome {
  return staleCodes.has(code) ? { kind: 'stale' } : { kind: 'refused', code, detail }
}

/** … and for whoever knows that it may not be there: nothing more is to be heard of it. */
export function asRefusal(code: string, detail: string): NoOutcome {
  return { kind: 'refused', code, detail }
}

function isPassing({ status, code, retryable }: CloudSyncError): boolean {
  if (finalCodes.has(code)) return false
  return status === 401 || retryable || passingCodes.has(code)
}

function asRemoteError(error: unknown): unknown {
  if (error instanceof NetworkError)
    return new RemoteError(error.code, error.message, undefined, error)
  if (!(error instanceof CloudSyncError)) return error
  return new RemoteError(error.code, error.message, error.retryAfterMs, error)
}
