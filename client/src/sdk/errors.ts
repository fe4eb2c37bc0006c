import type { ErrorCode, Problem } from '@cloudsync/protocol'

/** A code of the catalogue, or one of a newer server than this library. */
export type CloudSyncErrorCode = ErrorCode | (string & {})

export interface CloudSyncErrorOptions {
  readonly status: number
  readonly title?: string | undefined
  readonly detail?: string | undefined
  readonly requestId?: string | undefined
  readonly retryable?: boolean | undefined
  readonly retryAfterMs?: number | undefined
  readonly errors?: Problem['errors']
  readonly members?: Readonly<Record<string, unknown>> | undefined
  readonly cause?: unknown
}

/** The server answered, and said no. Branch on `code`, which is stable for ever. */
export class CloudSyncError extends Error {
  override readonly name = 'CloudSyncError'
  readonly code: CloudSyncErrorCode
  /** Of HTTP. */
  readonly status: number
  /** The same text for each occurrence of the code. */
  readonly title: string
  /** What is special to this occurrence. */
  readonly detail: string | undefined
  /** Names the request in the server's log. */
  readonly requestId: string | undefined
  /** Whether the same request may succeed later without being changed. */
  readonly retryable: boolean
  /** The server asks to wait so long first. */
  readonly retryAfterMs: number | undefined
  /** Of `bad_request`: what is wrong, by place. */
  readonly errors: NonNullable<Problem['errors']>
  /** All that the problem (RFC 9457) says, such as `quotaBytes` of `quota_exceeded`. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(code: CloudSyncErrorCode, options: CloudSyncErrorOptions) {
    const title = options.title ?? code
    super(options.detail === undefined ? title : `${title}: ${options.detail}`, {
      cause: options.cause,
    })
    this.code = code
    this.status = options.status
    this.title = title
    this.detail = options.detail
    this.requestId = options.requestId
    this.retryable = options.retryable ?? false
    this.retryAfterMs = options.retryAfterMs
    this.errors = options.errors ?? []
    this.members = options.members ?? {}
  }
}

/**
 * No answer, or not the whole of it. Nobody knows whether the request was done.
 *
 * - `unreachable`: no connection, or it broke before the answer began;
 * - `timeout`: the answer did not come in time;
 * - `broken_off`: the answer ended too early.
 */
export type NetworkErrorCode = 'unreachable' | 'timeout' | 'broken_off'

export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  readonly code: NetworkErrorCode
  readonly retryable = true

  constructor(code: NetworkErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** Whether `error` is what the server answers with `code`. */
export function isCloudSyncError(error: unknown, code?: ErrorCode): error is CloudSyncError {
  return error instanceof CloudSyncError && (code === undefined || error.code === code)
}

/** Whether the sign-in is over: nothing but signing in anew helps. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof CloudSyncError && error.status === 401
}
