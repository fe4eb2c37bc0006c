import type { Request, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { Gauge, Histogram, type Registry } from 'prom-client'
import { withLogContext, type LogContext } from '../log/log-context.ts'

/**
 * Times and counts requests, and writes a line for each: `debug`, `info` where somebody was refused what they may not do or
 * do too often, `warn` where the fault is ours.
 */
export function observeRequests(log: Logger, registry: Registry): RequestHandler {
  const durations = new Histogram({
    name: 'cloudsync_http_request_seconds',
    help: 'Time of HTTP requests, up to the last byte of the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  let inFlight = 0
  new Gauge({
    name: 'cloudsync_http_requests_in_flight',
    help: 'HTTP requests that are being answered',
    registers: [registry],
    collect() {
      this.set(inFlight)
    },
  })
  return (request, response, next) => {
    const started = performance.now()
    inFlight += 1
    response.on('close', () => {
      inFlight -= 1
      const durationMs = performance.now() - started
      const { statusCode: status } = response
      const method = methodOf(request)
      const route = routeOf(request, response)
      durations.observe({ method, route, status }, durationMs / 1000)
      const level = levelOf(status)
      if (!log.isLevelEnabled(level)) return
      // A connection that closes does so outside of what it was used for.
      withLogContext(response.locals['logContext'] as LogContext, () => {
        log[level](describeRequest(request, response, { route, durationMs }), 'request')
      })
    })
    next()
  }
}

/** ECS names; without the query, which may hold a ticket, and without a path that may itself be a secret. */
function describeRequest(
  request: Request,
  response: Response,
  { route, durationMs }: { readonly route: string; readonly durationMs: number },
) {
  return {
    'http.request.method': request.method,
    'http.response.status_code': response.statusCode,
    'http.route': route,
    ...(route.startsWith('/') ? { 'url.path': request.originalUrl.split('?', 1)[0] } : {}),
    'client.ip': request.ip,
    // Of nanoseconds, as ECS has it.
    'event.duration': Math.round(durationMs * 1_000_000),
    ...(response.writableFinished ? {} : { 'event.outcome': 'aborted' }),
  }
}

function levelOf(status: number): 'debug' | 'info' | 'warn' {
  if (status >= 500) return 'warn'
  return status === 403 || status === 429 ? 'info' : 'debug'
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Whoever makes methods up makes no time series. */
function methodOf({ method }: Request): string {
  return methods.has(method) ? method : 'other'
}

function routeOf(request: Request, response: Response): string {
  const route = response.locals['route'] as string | undefined
  if (route !== undefined) return route
  return request.path.startsWith('/api/') ? 'unknown' : 'other'
}
