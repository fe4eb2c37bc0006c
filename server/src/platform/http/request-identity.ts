import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { withLogContext, type LogContext } from '../log/log-context.ts'
import { continueTrace, traceparentOf, type TraceContext } from './trace-context.ts'

/**
 * Names a request: by an id, which a harmless one of the caller's own is, and by its place in a trace. Both
 * go back with the answer, and into every line of the log that is written on the way to it.
 */
export function identifyRequest(): RequestHandler {
  return (request, response, next) => {
    const given = request.headers['x-request-id']
    const id = typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID()
    const traceparent = request.headers['traceparent']
    const trace = continueTrace(typeof traceparent === 'string' ? traceparent : undefined)
    response.locals['requestId'] = id
    response.setHeader('x-request-id', id)
    response.setHeader('traceparent', traceparentOf(trace))
    const context = logContextOf(id, trace)
    response.locals['logContext'] = context
    withLogContext(context, next)
  }
}

function logContextOf(id: string, { traceId, spanId, parentId }: TraceContext): LogContext {
  const context = { 'http.request.id': id, 'trace.id': traceId, 'span.id': spanId }
  return parentId === undefined ? context : { ...context, 'parent.id': parentId }
}
