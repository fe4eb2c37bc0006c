import { existsSync } from 'node:fs'
import { join } from 'node:path'
import express, { type Express } from 'express'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Endpoint } from '#platform/http/endpoint.ts'
import type { CallerOptions } from '#platform/http/find-caller.ts'
import { inTurn } from '#platform/http/in-turn.ts'
import { observeRequests } from '#platform/http/observe-requests.ts'
import { describeApi } from '#platform/http/openapi/described-api.ts'
import { routePages } from '#platform/http/pages/pages-router.ts'
import { identifyRequest } from '#platform/http/request-identity.ts'
import type { AllowedOrigins } from '#platform/http/allowed-origins.ts'
import { shareWithOrigins } from '#platform/http/cross-origin.ts'
import type { LoadShedder } from '#platform/http/limits/load-shedder.ts'
import { securityHeaders } from '#platform/http/security-headers.ts'
import type { Authorize } from '#platform/http/need.ts'
import { problemHandler, routeEndpoints } from '#platform/http/router.ts'
import { ProblemError } from '#platform/problem-error.ts'

export interface AppOptions extends CallerOptions {
  readonly endpoints: readonly Endpoint[]
  /** Routers beside the API, such as the one of `/.well-known`. */
  readonly routers: readonly express.Router[]
  readonly shedder: LoadShedder
  readonly origins: AllowedOrigins
  readonly authorize: Authorize
  readonly log: Logger
  readonly metrics: Registry
  /** The proxies whose `X-Forwarded-For` is believed, in Express' syntax. */
  readonly trustedProxies: string
  /** Why the service cannot do its work just now, or nothing. */
  readonly findTrouble: () => Promise<string | undefined>
  /** What operators should know of a service that does its work, by name. */
  readonly describeState: () => Readonly<Record<string, string>>
  /** How long a JSON body may take to arrive. */
  readonly maxBodyMs?: number
  /** The built web app; when it is missing, only the API is served. */
  readonly webRoot: string
}

const maxJsonBytes = 4 * 1024 * 1024

/** The HTTP side: one pipeline, the API, the operators' endpoints and the web app. */
export function createApp(options: AppOptions): Express {
  const { log } = options
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', options.trustedProxies)
  app.set('etag', false)
  app.enable('case sensitive routing')
  const api = describeApi(options.endpoints)
  app.use(
    inTurn(
      identifyRequest(),
      observeRequests(log, options.metrics),
      securityHeaders(),
      ...(options.origins.isEmpty ? [] : [shareWithOrigins(options.origins)]),
      routeApi(api.endpoints, options),
    ),
  )
  app.use('/api/v1', () => {
    throw new ProblemError('not_found')
  })
  addOperations(app, options)
  for (const router of options.routers) app.use(router)
  app.use(routePages(api))
  if (existsSync(join(options.webRoot, 'index.html'))) app.use(serveWeb(options.webRoot))
  app.use(() => {
    throw new ProblemError('not_found')
  })
  app.use(problemHandler(log))
  return app
}

function routeApi(endpoints: readonly Endpoint[], options: AppOptions): express.RequestHandler {
  const { authenticate, cookies, authorize, limiter, shedder, log, maxBodyMs } = options
  return routeEndpoints('/api/v1', endpoints, {
    authenticate,
    cookies,
    authorize,
    limiter,
    shedder,
    log,
    maxBodyBytes: maxJsonBytes,
    ...(maxBodyMs === undefined ? {} : { maxBodyMs }),
  })
}

function addOperations(app: Express, options: AppOptions): void {
  app.get('/healthz', (_request, response) => {
    response.set('cache-control', 'no-store').json({ status: 'ok' })
  })
  app.get('/readyz', async (_request, response) => {
    const trouble = await options.findTrouble()
    response.set('cache-control', 'no-store')
    response.status(trouble === undefined ? 200 : 503)
    response.json(
      trouble === undefined
        ? { status: 'ready', ...options.describeState() }
        : { status: 'not ready', reason: trouble },
    )
  })
  // By this name alone: a proxy that keeps it for operators names no other.
  app.get(/^\/metrics$/, async (_request, response) => {
    response.set('cache-control', 'no-store').type(options.metrics.contentType)
    response.send(await options.metrics.metrics())
  })
}

/** The web app: hashed files are kept for ever, and every path that is no file is the app's own. */
function serveWeb(root: string): express.Router {
  const router = express.Router()
  router.use(
    '/assets',
    express.static(join(root, 'assets'), {
      immutable: true,
      maxAge: '1y',
      index: false,
      redirect: false,
    }),
    () => {
      throw new ProblemError('not_found')
    },
  )
  router.use(express.static(root, { index: false, redirect: false, maxAge: 0, etag: true }))
  router.get(/^\/(?!api\/)/i, (_request, response) => {
    response.set('cache-control', 'no-cache')
    response.sendFile(join(root, 'index.html'))
  })
  return router
}
