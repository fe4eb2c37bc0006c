import { makeProblem, problemMediaType, type ErrorCode } from '@cloudsync/protocol'
import type { Request, Response } from 'express'
import type { Logger } from 'pino'
import { isUnavailable } from '../db/database-errors.ts'
import { ProblemError } from '../problem-error.ts'
import { answerEarly } from './answer-early.ts'
import { hasArrived } from './body-chunks.ts'

/** Answers `error` as an RFC 9457 problem. An unknown failure is a 500 that tells nothing of its cause. */
export function sendProblem(
  error: unknown,
  request: Request,
  response: Response,
  log: Logger,
): void {
  const requestId = response.locals['requestId'] as string | undefined
  const known = toProblemError(error)
  if (!known) log.error({ err: error, 'http.request.method': request.method }, 'request failed')
  else if (known.code === 'unavailable')
    log.warn({ err: known.cause }, 'a request needs something that is not available')
  const problem = known ?? new ProblemError('internal')
  if (response.headersSent) {
    // Half an answer must not look like a whole one.
    response.destroy()
    return
  }
  const body = makeProblem(problem.code, {
    detail: problem.detail,
    requestId,
    extensions: problem.extensions,
  })
  response.status(body.status).set({ 'cache-control': 'no-store', ...problem.headers })
  response.setHeader('content-type', `${problemMediaType}; charset=utf-8`)
  if (hasArrived(request)) response.end(JSON.stringify(body))
  else answerEarly(request, response, JSON.stringify(body))
}

/** Failures of the libraries in front of the handlers, in the words of the catalogue. */
const bodyErrors: Readonly<Record<string, ErrorCode>> = {
  'entity.parse.failed': 'bad_request',
  'entity.too.large': 'too_large',
  'encoding.unsupported': 'unsupported_media_type',
  'charset.unsupported': 'unsupported_media_type',
  'request.aborted': 'bad_request',
  'request.size.invalid': 'bad_request',
  'stream.encoding.set': 'bad_request',
  'parameters.too.many': 'bad_request',
}

function toProblemError(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error
  if (isUnavailable(error))
    return new ProblemError('unavailable', { cause: error, headers: { 'retry-after': '1' } })
  if (error instanceof URIError)
    return new ProblemError('bad_request', { detail: 'The path is not valid' })
  const type = (error as { type?: unknown } | null)?.type
  const code = typeof type === 'string' ? bodyErrors[type] : undefined
  return code === undefined ? undefined : new ProblemError(code, { cause: error })
}
