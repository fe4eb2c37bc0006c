import type { RequestHandler } from 'express'
import { isPreflight, shareWithAnybody } from './cross-origin.ts'
import type { Endpoint } from './endpoint.ts'
import type { LoadShedder, SheddableRoute } from './limits/load-shedder.ts'
import { networkOf } from './limits/network-of.ts'
import type { RequestLimiter } from './limits/request-limiter.ts'
import { setHeaders } from './send-result.ts'

export interface GateOptions {
  readonly limiter: RequestLimiter
  readonly shedder: LoadShedder
  /** How long a body may take to arrive; whoever is slower holds a connection for its own sake. Default 30,000. */
  readonly maxBodyMs?: number
}

/** A route beside the API; `path` names it in the log, in metrics and in the count of requests. */
export interface GatedRoute extends Pick<Endpoint, 'method' | 'path'>, SheddableRoute {
  /**
   * Pages of which other origins may ask: `any`, or those that the route finds out itself, of which each can read
   * why it was refused before that. Default: those that the operator names.
   */
  readonly pages?: 'any' | 'its_own'
}

/** What stands before routes that are no endpoints of the API, and is the same for all who come from one network. */
export function gate(
  route: GatedRoute,
  { limiter, shedder, maxBodyMs = 30_000 }: GateOptions,
): RequestHandler {
  return async (request, response, next) => {
    response.locals['route'] = route.path
    if (route.pages === 'any' && shareWithAnybody(request, response)) return
    if (route.pages === 'its_own' && isPreflight(request)) {
      next()
      return
    }
    try {
      const admission = shedder.admit(route, response)
      setHeaders(response, await limiter.takeFrom(route, request.ip))
      admission?.belongsTo(networkOf(request.ip ?? 'unknown'))
      // What else is sent along nobody reads.
      if (request.method === 'POST') admission?.awaitBody(request)
    } catch (error) {
      if (route.pages === 'its_own' && request.method !== 'OPTIONS')
        shareWithAnybody(request, response)
      throw error
    }
    const timer = setTimeout(() => {
      if (!request.complete) request.destroy()
    }, maxBodyMs)
    response.on('close', () => clearTimeout(timer))
    next()
  }
}
