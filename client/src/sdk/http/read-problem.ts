import type { Problem } from '@cloudsync/protocol'
import { CloudSyncError, type CloudSyncErrorCode } from '../errors.ts'

/** What a failed answer says, whatever stands between the server and us. */
export async function readProblem(answer: Response, now: number): Promise<CloudSyncError> {
  const body: unknown = await answer.json().catch(() => undefined)
  const { status } = answer
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), now)
  if (isProblem(body)) {
    const { code, title, detail, requestId, retryable, errors } = body
    const said = { title, detail, requestId, retryable, errors, members: body }
    return new CloudSyncError(code, { status, retryAfterMs, ...said })
  }
  // Not ours: a proxy's page while the server restarts, or a gateway that gave up.
  return new CloudSyncError(codeOfForeignStatus(status), {
    status,
    retryAfterMs,
    title: `The server answered with ${status}`,
    retryable: status === 408 || status === 429 || status >= 500,
  })
}

/** The problem of one item of several, as the error that it is. */
export function problemError(problem: Problem): CloudSyncError {
  return new CloudSyncError(problem.code, { ...problem, members: problem })
}

/** Seconds, or a date (RFC 9110 §10.2.3). */
function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}

function codeOfForeignStatus(status: number): CloudSyncErrorCode {
  switch (status) {
    case 401:
      return 'not_signed_in'
    case 403:
      return 'forbidden'
    case 404:
      return 'not_found'
    case 408:
      return 'request_timeout'
    case 413:
      return 'too_large'
    case 429:
      return 'rate_limited'
    case 502:
    case 503:
    case 504:
      return 'unavailable'
    default:
      return status >= 500 ? 'internal' : 'bad_request'
  }
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
