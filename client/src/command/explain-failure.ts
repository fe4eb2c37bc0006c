import { CloudSyncError, NetworkError, OAuthError } from '../sdk/index.ts'
import { RefusedError, StaleError } from '../sync/engine/step-failures.ts'
import { DiskError, RemoteError } from '../sync/model/failures.ts'
import { CommandError } from './command-error.ts'
import { exitCodes, type ExitCode } from './exit-codes.ts'
import { formatDuration } from './terminal/amounts.ts'

export interface Explanation {
  /** One line, with what to do. */
  readonly message: string
  readonly exitCode: ExitCode
}

export function explainFailure(error: unknown): Explanation {
  if (error instanceof CommandError) return { message: error.message, exitCode: error.exitCode }
  if (error instanceof CloudSyncError) return explainRefusal(error)
  if (error instanceof NetworkError) {
    const message = `The server cannot be reached (${reasonOf(error)}); check its address and the network`
    return { message, exitCode: exitCodes.unreachable }
  }
  if (error instanceof OAuthError) return explainOAuth(error)
  if (error instanceof DiskError || error instanceof RemoteError || error instanceof RefusedError)
    return failed(oneLine(error.message))
  if (error instanceof StaleError)
    return failed(`${oneLine(error.message)}; it is looked at once more`)
  const systemCode = systemCodeOf(error)
  if (systemCode !== undefined) return failed(explainSystem(systemCode, error))
  const message = error instanceof Error ? error.message : String(error)
  return failed(
    `Something unexpected went wrong: ${oneLine(message)} (CLOUDSYNC_DEBUG=1 shows where)`,
  )
}

function explainRefusal(error: CloudSyncError): Explanation {
  // The library says so of what no CloudSync has answered.
  if (error.title === `The server answered with ${error.status}`)
    return failed(
      error.retryable
        ? `The server, or what stands before it, answered with ${error.status}; try again`
        : `There is no CloudSync at this address (what is there answered with ${error.status})`,
    )
  if (error.status === 401 && error.code !== 'wrong_credentials' && error.code !== 'wrong_code')
    return {
      message: 'The sign-in is over or was ended; sign in again by: cloudsync login <url>',
      exitCode: exitCodes.notSignedIn,
    }
  switch (error.code) {
    case 'wrong_credentials':
      return failed('The e-mail address or the password is wrong')
    case 'insufficient_scope':
      return failed(
        'The token may not do this; sign in by one with the scopes files:read, files:write and account:read',
      )
    case 'second_factor_setup_required':
      return failed('The server demands a second factor; set it up in the web app, then try again')
    default:
      return failed(oneLine(error.message) + adviceOf(error))
  }
}

function adviceOf({ retryAfterMs, retryable }: CloudSyncError): string {
  if (retryAfterMs !== undefined) return `; try again in ${formatDuration(retryAfterMs)}`
  return retryable ? '; try again' : ''
}

function explainOAuth(error: OAuthError): Explanation {
  switch (error.code) {
    case 'access_denied':
      return failed('Somebody refused it in the browser; nothing was kept')
    case 'expired_token':
      return failed('Nobody typed the code in time; start again by: cloudsync login <url>')
    default:
      return failed(`The server refused the sign-in (${oneLine(error.message)})`)
  }
}

const systemReasons: Readonly<Record<string, string>> = {
  EACCES: 'you may not read or write it; check who owns it',
  EPERM: 'the system does not allow it; check who owns it',
  ENOENT: 'it is not there',
  ENOSPC: 'the disk is full; make room and try again',
  EDQUOT: 'your quota on this disk is used up; make room and try again',
  EROFS: 'the file system is read-only',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  ENOTDIR: 'something on the way to it is no folder',
}

function explainSystem(code: string, error: unknown): string {
  const path = error instanceof Error && 'path' in error ? String(error.path) : undefined
  const reason = systemReasons[code] ?? `the system says ${code}`
  return path === undefined ? `A file cannot be used: ${reason}` : `${path}: ${reason}`
}

function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return /^E[A-Z]+$/.test(String(error.code)) ? String(error.code) : undefined
}

/** What `fetch` says is “fetch failed”; why stands in its causes. */
function reasonOf(error: NetworkError): string {
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string')
      return networkReasons[cause.code] ?? cause.code
  }
  if (error.code === 'timeout') return 'it did not answer in time'
  return oneLine(deepestCause(error).message)
}

function deepestCause(error: Error): Error {
  return error.cause instanceof Error ? deepestCause(error.cause) : error
}

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name cannot be looked up',
  ETIMEDOUT: 'it did not answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
  ECONNRESET: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'nobody known has signed its certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'nobody known has signed its certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'nobody known has signed its certificate',
}

function failed(message: string): Explanation {
  return { message, exitCode: exitCodes.failed }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
