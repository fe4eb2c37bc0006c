import type { ErrorCode, Problem } from '@cloudsync/protocol'

/** A failure that the server named, or `unreachable` when no answer came at all. */
export type ApiErrorCode = ErrorCode | 'unreachable'

export interface ApiErrorOptions {
  readonly status?: number | undefined
  readonly title?: string | undefined
  readonly detail?: string | undefined
  readonly requestId?: string | undefined
  readonly retryable?: boolean | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly errors?: Problem['errors']
  /** What the problem says besides what all say. */
  readonly members?: Readonly<Record<string, unknown>> | undefined
  readonly cause?: unknown
}

export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ApiErrorCode
  /** 0 when no answer came. */
  readonly status: number
  readonly title: string
  readonly detail: string | undefined
  readonly requestId: string | undefined
  readonly retryable: boolean
  readonly retryAfterSeconds: number | undefined
  readonly errors: NonNullable<Problem['errors']>
  readonly members: Readonly<Record<string, unknown>> | undefined

  constructor(code: ApiErrorCode, options: ApiErrorOptions = {}) {
    const title = options.title ?? code
    super(options.detail === undefined ? title : `${title}: ${options.detail}`, {
      cause: options.cause,
    })
    this.code = code
    this.status = options.status ?? 0
    this.title = title
    this.detail = options.detail
    this.requestId = options.requestId
    this.retryable = options.retryable ?? code === 'unreachable'
    this.retryAfterSeconds = options.retryAfterSeconds
    this.errors = options.errors ?? []
    this.members = options.members
  }
}

export function isApiError(error: unknown, code: ApiErrorCode): error is ApiError {
  return error instanceof ApiError && error.code === code
}

/** What the failed answer of a server says, whatever stands between us and it. */
export function readProblem(status: number, body: unknown, retryAfter: string | null): ApiError {
  const seconds = Number(retryAfter)
  const retryAfterSeconds = retryAfter !== null && seconds > 0 ? seconds : undefined
  if (isProblem(body)) {
    return new ApiError(body.code as ErrorCode, {
      status,
      title: body.title,
      detail: body.detail,
      requestId: body.requestId,
      retryable: body.retryable,
      errors: body.errors,
      members: body,
      retryAfterSeconds,
    })
  }
  // Not ours: a proxy's page while the server restarts, or a gateway that gave up.
  return new ApiError(codeOfForeignStatus(status), {
    status,
    title: `The server answered with ${status}`,
    retryable: status === 429 || status >= 500,
    retryAfterSeconds,
  })
}

function codeOfForeignStatus(status: number): ApiErrorCode {
  if (status === 413) return 'too_large'
  if (status === 429) return 'rate_limited'
  return status >= 502 && status <= 504 ? 'unavailable' : 'internal'
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === 'object' &&
    body !== null &&
    'code' in body &&
    typeof body.code === 'string' &&
    'title' in body &&
    typeof body.title === 'string'
  )
}
